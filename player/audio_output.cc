#include "player/audio_output.h"

#include <SDL.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include "player/time_stretcher.h"

namespace rung::player {

namespace {

constexpr Uint16 device_frames = 1024;
/// Nobody has looked for so long: the program was stopped, and so was what it plays.
constexpr Duration stopped = std::chrono::seconds(1);

[[nodiscard]] std::uint64_t frames_in(Duration duration) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)) / 1000 *
         decode::sample_rate / 1'000'000;
}

class SdlAudioOutput final : public AudioOutput {
 public:
  SdlAudioOutput(SampleQueue& queue, double volume)
      : stretcher_(queue), volume_(static_cast<float>(volume)) {}
  ~SdlAudioOutput() override {
    if (device_ != 0) SDL_CloseAudioDevice(device_);
    if (initialised_) SDL_QuitSubSystem(SDL_INIT_AUDIO);
  }

  [[nodiscard]] Expected<void> open() {
    // Without a sound card only a server may be there, and asking ALSA would print its errors.
    std::error_code ignored;
    if (!std::filesystem::exists("/dev/snd", ignored))
      SDL_SetHintWithPriority(SDL_HINT_AUDIODRIVER, "pulseaudio", SDL_HINT_DEFAULT);
    if (SDL_InitSubSystem(SDL_INIT_AUDIO) != 0)
      return failure(ErrorCode::unsupported, std::string("no audio: ") + SDL_GetError());
    initialised_ = true;
    SDL_AudioSpec wanted{};
    wanted.freq = decode::sample_rate;
    wanted.format = AUDIO_F32SYS;
    wanted.channels = static_cast<Uint8>(decode::sample_channels);
    wanted.samples = device_frames;
    wanted.callback = &fill;
    wanted.userdata = this;
    SDL_AudioSpec obtained{};
    device_ = SDL_OpenAudioDevice(nullptr, 0, &wanted, &obtained, SDL_AUDIO_ALLOW_SAMPLES_CHANGE);
    if (device_ == 0)
      return failure(ErrorCode::unsupported, std::string("no audio: ") + SDL_GetError());
    latency_ = obtained.samples;
    SDL_PauseAudioDevice(device_, 0);
    return {};
  }

  void start() override { playing_.store(true, std::memory_order_release); }
  void hold() override { playing_.store(false, std::memory_order_release); }
  void set_volume(double volume) override {
    volume_.store(static_cast<float>(volume), std::memory_order_relaxed);
  }
  void set_speed(Speed speed) override {
    percent_.store(speed.percent(), std::memory_order_relaxed);
  }

  std::uint64_t audible(SteadyTime now) override {
    const Mark mark = read_mark();
    // What the newest callback delivered is heard when the device has played the buffer before.
    const std::uint64_t heard_to = mark.frame;
    const Speed speed = Speed::of_percent(mark.percent);
    const std::uint64_t passed = frames_in(speed.media_in(std::max(Duration(now - mark.at), {})));
    const std::uint64_t latency = latency_ * static_cast<std::uint64_t>(mark.percent) / 100;
    const std::uint64_t from = heard_to > latency ? heard_to - latency : 0;
    return std::min(from + passed, heard_to);
  }

 private:
  /// The first frame that the newest callback took, and when it did.
  struct Mark {
    std::uint64_t frame = 0;
    SteadyTime at{};
    int percent = 100;  ///< Of the speed.
  };

  static void fill(void* self, Uint8* stream, int size) {
    const auto count = static_cast<std::size_t>(size) / sizeof(float);
    static_cast<SdlAudioOutput*>(self)->fill(std::span(reinterpret_cast<float*>(stream), count));
  }

  void fill(std::span<float> out) {
    std::size_t frames = 0;
    if (playing_.load(std::memory_order_acquire)) {
      const SteadyTime now = SteadyClock::now();
      const int percent = percent_.load(std::memory_order_relaxed);
      stretcher_.skip_dropped();
      const std::uint64_t first = stretcher_.next_frame();
      frames = stretcher_.pull(out, Speed::of_percent(percent));
      write_mark(Mark{first, now, percent});
    } else {
      stretcher_.skip_dropped();
    }
    const std::size_t filled = frames * decode::sample_channels;
    const float volume = volume_.load(std::memory_order_relaxed);
    for (float& sample : out.first(filled)) sample *= volume;
    std::ranges::fill(out.subspan(filled), 0.0F);
  }

  // A sequence lock: the callback writes without waiting, the reader repeats when it was disturbed.
  void write_mark(const Mark& mark) {
    const unsigned sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1);
    mark_frame_.store(mark.frame);
    mark_at_.store(mark.at.time_since_epoch().count());
    mark_percent_.store(mark.percent);
    sequence_.store(sequence + 2);
  }
  [[nodiscard]] Mark read_mark() const {
    for (;;) {
      const unsigned before = sequence_.load();
      const Mark mark{mark_frame_.load(), SteadyTime(SteadyClock::duration(mark_at_.load())),
                      mark_percent_.load()};
      if (before % 2 == 0 && sequence_.load() == before) return mark;
    }
  }

  TimeStretcher stretcher_;  ///< The callback's own.
  std::atomic<float> volume_;
  std::atomic<int> percent_{100};  ///< Of the speed.
  SDL_AudioDeviceID device_ = 0;
  bool initialised_ = false;
  std::uint64_t latency_ = 0;
  std::atomic<bool> playing_{false};
  std::atomic<unsigned> sequence_{0};
  std::atomic<std::uint64_t> mark_frame_{0};
  std::atomic<SteadyClock::rep> mark_at_{0};
  std::atomic<int> mark_percent_{100};
};

class NullAudioOutput final : public AudioOutput {
 public:
  explicit NullAudioOutput(SampleQueue& queue) : queue_(queue) {}

  void start() override {
    since_.reset();
    playing_ = true;
  }
  void hold() override { playing_ = false; }
  void set_volume(double /*volume*/) override {}
  void set_speed(Speed speed) override { speed_ = speed; }

  std::uint64_t audible(SteadyTime now) override {
    queue_.skip_dropped();
    if (!playing_) return queue_.consumed();
    if (!since_ || now - *since_ > stopped) since_ = now;
    const std::uint64_t due = frames_in(speed_.media_in(std::max(Duration(now - *since_), {})));
    if (due == 0) return queue_.consumed();
    std::uint64_t taken = 0;
    while (taken < due) {
      const auto wanted = static_cast<std::size_t>(
          std::min<std::uint64_t>(due - taken, scratch_.size() / decode::sample_channels));
      const std::size_t got =
          queue_.pull(std::span(scratch_).first(wanted * decode::sample_channels));
      taken += got;
      if (got < wanted) break;
    }
    if (taken < due) {
      // Dry: the time without samples is lost, as it is for a device that plays silence.
      since_ = now;
    } else {
      *since_ += std::chrono::duration_cast<SteadyClock::duration>(
          speed_.time_for(from_ticks(static_cast<std::int64_t>(taken), decode::sample_rate)));
    }
    return queue_.consumed();
  }

 private:
  SampleQueue& queue_;
  Speed speed_;
  bool playing_ = false;
  std::optional<SteadyTime> since_;  ///< When the next frame began to be due.
  std::array<float, 2048> scratch_{};
};

}  // namespace

Expected<std::unique_ptr<AudioOutput>> open_audio_device(SampleQueue& queue, double volume) {
  auto output = std::make_unique<SdlAudioOutput>(queue, volume);
  if (auto opened = output->open(); !opened)
    return tl::unexpected<Error>(std::move(opened.error()));
  return std::unique_ptr<AudioOutput>(std::move(output));
}

std::unique_ptr<AudioOutput> make_null_audio_output(SampleQueue& queue) {
  return std::make_unique<NullAudioOutput>(queue);
}

}  // namespace rung::player
