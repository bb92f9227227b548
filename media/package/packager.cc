#include "media/package/packager.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "media/package/encode_lanes.h"
#include "media/package/manifests.h"
#include "media/utf8.h"
#include "media/webvtt.h"

namespace rung::package {

namespace {

constexpr const char* not_a_name =
    "its name must be at most 100 bytes of UTF-8 in a line, without quotation marks";

/// Of the segments of one language together.
constexpr ByteCount most_subtitles{64 * 1024 * 1024};
/// The box that a thumbnail fits into, and how many are beside each other in an image, which has as
/// many rows.
constexpr int thumbnail_side = 160;
constexpr int thumbnail_columns = 5;

Expected<std::int64_t> pictures_per_segment(Duration wanted, AVRational frame_rate) {
  using namespace std::chrono_literals;
  if (wanted < 100ms || wanted > 60s)
    return failure(ErrorCode::invalid_argument, "a segment lasts from 0.1 to 60 seconds");
  return std::max<std::int64_t>(1, std::llround(to_seconds(wanted) * av_q2d(frame_rate)));
}

/// `pictures` pictures in samples of sound, rounded down.
std::int64_t samples_of(std::int64_t pictures, AVRational frame_rate) {
  return av_rescale_rnd(pictures, std::int64_t{frame_rate.den} * sound_rate, frame_rate.num,
                        AV_ROUND_DOWN);
}

/// Gives the encoder what belongs to the first `pictures` pictures, as far as the title has it.
Expected<void> encode_sound(TitleSource& source, SoundEncoder& encoder, std::int64_t samples) {
  while (encoder.samples() < samples) {
    const Expected<FramePtr> sound = source.next_sound();
    if (!sound) return tl::unexpected(sound.error());
    if (*sound == nullptr) break;
    encoder.put(**sound);
  }
  return encoder.encode_until(samples);
}

/// Whether the title has sound that will be missed behind the first `samples`, of which the encoder
/// has `taken` already. Takes no more of it than tells.
Expected<bool> sound_goes_on(TitleSource& source, std::int64_t taken, std::int64_t samples) {
  constexpr std::int64_t missed = sound_rate / 10;
  while (taken - samples <= missed) {
    const Expected<FramePtr> sound = source.next_sound();
    if (!sound) return tl::unexpected(sound.error());
    if (*sound == nullptr) return false;
    taken += (*sound)->nb_samples;
  }
  return true;
}

FileSink sink_into(const OutputDirectory& directory, std::string folder) {
  return [&directory, folder = std::move(folder)](const std::string& name,
                                                  std::span<const std::byte> bytes) {
    return directory.write(folder + "/" + name, bytes);
  };
}

/// One run over a title, from its first picture to the last segment.
class Packaging {
 public:
  Packaging(TitleSource& source, const PackageOptions& options, const OutputDirectory& directory)
      : source_(source), options_(options), directory_(directory) {}

  [[nodiscard]] Expected<void> open();
  [[nodiscard]] Expected<void> encode(const ProgressObserver& observer);
  [[nodiscard]] Package package() const;

 private:
  TitleSource& source_;
  const PackageOptions& options_;
  const OutputDirectory& directory_;
  std::vector<FittedRung> rungs_;
  std::int64_t pictures_per_segment_ = 0;
  std::int64_t pictures_ = 0;
  std::vector<std::unique_ptr<RungEncoder>> encoders_;
  struct Sound {
    TitleSource& source;
    std::unique_ptr<SoundEncoder> encoder;
  };
  std::vector<Sound> sounds_;
  std::unique_ptr<ThumbnailMaker> thumbnails_;
  bool sound_cut_ = false;

  [[nodiscard]] Expected<void> open_sound();
};

Expected<void> Packaging::open() {
  const TitleFormat& format = source_.format();
  const auto pictures = pictures_per_segment(options_.segment_duration, format.frame_rate);
  if (!pictures) return tl::unexpected(pictures.error());
  pictures_per_segment_ = *pictures;
  using namespace std::chrono_literals;
  if (options_.chunk_duration &&
      (*options_.chunk_duration < 40ms || *options_.chunk_duration > options_.segment_duration))
    return failure(ErrorCode::invalid_argument,
                   "a chunk lasts from 0.04 seconds to as long as a segment");
  rungs_ = fit_ladder(options_.ladder, format.size);
  if (rungs_.empty()) return failure(ErrorCode::invalid_argument, "the ladder has no rung");
  for (std::size_t i = 0; i < rungs_.size(); ++i) {
    RungEncoder::Options rung_options{.rung = rungs_[i],
                                      .rung_index = i,
                                      .frame_rate = format.frame_rate,
                                      .pictures_per_segment = pictures_per_segment_,
                                      .chunk = options_.chunk_duration,
                                      .protection = options_.protection,
                                      .speed = options_.speed};
    auto encoder =
        RungEncoder::create(rung_options, source_,
                            sink_into(directory_, "video-" + kilobits(rungs_[i].rung.bandwidth)));
    if (!encoder) return tl::unexpected(encoder.error());
    encoders_.push_back(std::move(*encoder));
  }
  if (options_.thumbnail_interval) {
    const PackagedThumbnails form{
        .id = "thumbnails",
        .size =
            fit({.bandwidth = {}, .width = thumbnail_side, .height = thumbnail_side}, format.size),
        .grid = {.columns = thumbnail_columns, .rows = thumbnail_columns},
        .pictures_each = std::max<std::int64_t>(
            1, std::llround(to_seconds(*options_.thumbnail_interval) * av_q2d(format.frame_rate)))};
    thumbnails_ = std::make_unique<ThumbnailMaker>(form, sink_into(directory_, form.id));
  }
  return open_sound();
}

Expected<void> Packaging::open_sound() {
  const TitleFormat& format = source_.format();
  AVRational segment_duration{};
  av_reduce(&segment_duration.num, &segment_duration.den,
            pictures_per_segment_ * format.frame_rate.den, format.frame_rate.num, 1 << 30);
  std::vector<std::string> languages;
  const auto open = [&](TitleSource& source, const std::string& language,
                        const std::string& name) -> Expected<void> {
    if (!language.empty() && !is_language_tag(language))
      return failure(ErrorCode::invalid_argument, "is not a language, such as en or pt-BR",
                     language);
    if (std::ranges::find(languages, language) != languages.end())
      return failure(ErrorCode::invalid_argument, "there is sound in this language already",
                     language.empty() ? source.format().name : language);
    if (!name.empty() && !is_track_name(name))
      return failure(ErrorCode::invalid_argument, not_a_name, language);
    std::string id = "audio-" + kilobits(options_.sound_bandwidth);
    if (!sounds_.empty()) id += "-" + language;
    languages.push_back(language);
    auto encoder = SoundEncoder::create({.bandwidth = options_.sound_bandwidth,
                                         .segment_duration = segment_duration,
                                         .chunk = options_.chunk_duration,
                                         .protection = options_.protection,
                                         .id = id,
                                         .language = language,
                                         .name = name},
                                        sink_into(directory_, id));
    if (!encoder) return tl::unexpected(encoder.error());
    sounds_.push_back({source, *std::move(encoder)});
    return {};
  };
  if (format.has_sound)
    if (auto opened = open(source_, options_.language, {}); !opened) return opened;
  for (const FurtherSound& further : options_.further_sound)
    if (auto opened = open(*further.source, further.language, further.name); !opened) return opened;
  return {};
}

Expected<void> Packaging::encode(const ProgressObserver& observer) {
  const TitleFormat& format = source_.format();
  PackageProgress progress;
  if (format.duration)
    progress.expected_pictures =
        std::llround(to_seconds(*format.duration) * av_q2d(format.frame_rate));
  std::vector<EncodeLanes::Lane> lanes;
  for (const auto& encoder : encoders_)
    lanes.push_back(EncodeLanes::Lane{
        [&rung = *encoder](const AVFrame& picture) { return rung.encode(picture); },
        [&rung = *encoder] { return rung.finish(); }});
  if (thumbnails_ != nullptr)
    lanes.push_back(
        EncodeLanes::Lane{[this](const AVFrame& picture) { return thumbnails_->put(picture); },
                          [this] { return thumbnails_->finish(); }});
  EncodeLanes parallel(std::move(lanes), options_.threads);
  for (;;) {
    Expected<FramePtr> picture = source_.next_picture();
    if (!picture) return tl::unexpected(picture.error());
    if (*picture == nullptr) break;
    const Expected<void> pushed =
        parallel.push(std::shared_ptr<const AVFrame>(picture->release(), LibavDeleter()));
    if (!pushed) return pushed;
    progress.pictures = ++pictures_;
    for (const Sound& sound : sounds_) {
      const Expected<void> encoded =
          encode_sound(sound.source, *sound.encoder, samples_of(pictures_, format.frame_rate));
      if (!encoded) return encoded;
    }
    if (observer && observer(progress) == Proceed::stop)
      return failure(ErrorCode::io, "stopped; nothing was written");
  }
  if (pictures_ == 0) return failure(ErrorCode::decode, "no picture could be read", format.name);
  for (const Sound& sound : sounds_) {
    const std::int64_t samples = samples_of(pictures_, format.frame_rate);
    const Expected<bool> goes_on = sound_goes_on(sound.source, sound.encoder->samples(), samples);
    if (!goes_on) return tl::unexpected(goes_on.error());
    sound_cut_ = sound_cut_ || *goes_on;
    const Expected<void> finished = sound.encoder->finish(samples);
    if (!finished) return finished;
  }
  return parallel.finish();
}

Package Packaging::package() const {
  Package package{.title = source_.format().name,
                  .frame_rate = source_.format().frame_rate,
                  .pictures = pictures_,
                  .pictures_per_segment = pictures_per_segment_};
  for (const auto& encoder : encoders_) package.video.push_back(encoder->track());
  for (const Sound& sound : sounds_) package.audio.push_back(sound.encoder->track());
  if (thumbnails_ != nullptr) package.thumbnails = thumbnails_->thumbnails();
  package.sound_cut = sound_cut_;
  package.protection = options_.protection;
  for (const Rung& rung : options_.ladder) {
    if (std::ranges::none_of(rungs_, [&](const FittedRung& kept) { return kept.rung == rung; }))
      package.dropped.push_back(rung);
  }
  return package;
}

/// Fails (malformed, limit_exceeded or invalid_argument) before anything is encoded for long.
Expected<void> check_subtitles(const PackageOptions& options) {
  std::vector<std::string> languages;
  for (const Subtitles& subtitles : options.subtitles) {
    const std::string& language = subtitles.language;
    if (!language.empty() && !is_language_tag(language))
      return failure(ErrorCode::invalid_argument, "is not a language, such as en or pt-BR",
                     language);
    if (std::ranges::find(languages, language) != languages.end())
      return failure(ErrorCode::invalid_argument, "there are subtitles in this language already",
                     language.empty() ? "--subtitles" : language);
    languages.push_back(language);
    if (!subtitles.name.empty() && !is_track_name(subtitles.name))
      return failure(ErrorCode::invalid_argument, not_a_name, language);
    const auto read = media::parse_webvtt(subtitles.text);
    if (!read) return tl::unexpected(read.error());
    if (read->cues.empty())
      return failure(ErrorCode::malformed, "the subtitles have no cue that can be read");
  }
  return {};
}

/// In segments that end with those of `video`.
Expected<PackagedText> packaged(const Subtitles& subtitles, const PackagedTrack& video) {
  PackagedText text{.id = subtitles.language.empty() ? "text" : "text-" + subtitles.language,
                    .language = subtitles.language,
                    .name = subtitles.name,
                    .text = subtitles.text};
  std::vector<MediaTime> ends;
  for (const PackagedSegment& segment : video.segments)
    ends.emplace_back(from_ticks(segment.start + segment.duration, video.timescale));
  auto segments = media::split_webvtt(subtitles.text, ends, most_subtitles);
  if (!segments) return tl::unexpected(segments.error());
  text.segments = *std::move(segments);
  return text;
}

Expected<void> write_texts(const Package& package, const OutputDirectory& directory) {
  for (const TextFile& file : manifest_files(package)) {
    const Expected<void> written = directory.write(file.name, file.text);
    if (!written) return written;
  }
  return {};
}

}  // namespace

bool is_track_name(std::string_view text) {
  constexpr std::size_t longest = 100;
  if (text.empty() || text.size() > longest) return false;
  while (!text.empty()) {
    const std::size_t length = media::utf8_length(text);
    const std::string_view letter = text.substr(0, length);
    // The last two are no characters of XML.
    if (length == 0 || static_cast<unsigned char>(text.front()) < ' ' || letter == "\"" ||
        letter == "\xEF\xBF\xBE" || letter == "\xEF\xBF\xBF")
      return false;
    text.remove_prefix(length);
  }
  return true;
}

bool is_language_tag(std::string_view text) {
  constexpr std::size_t longest = 35;  // RFC 5646 section 4.4.1
  constexpr std::size_t longest_subtag = 8;
  if (text.size() < 2 || text.size() > longest) return false;
  std::size_t length = 0;
  bool primary = true;
  for (const char letter : text) {
    if (letter == '-') {
      if (length == 0) return false;
      length = 0;
      primary = false;
      continue;
    }
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    const bool is_digit = letter >= '0' && letter <= '9';
    if (!is_letter && (primary || !is_digit)) return false;
    if (++length > longest_subtag) return false;
  }
  return length > 0 && text[1] != '-';
}

Expected<Package> write_package(TitleSource& source, const PackageOptions& options,
                                const std::filesystem::path& directory,
                                const ProgressObserver& observer) {
  // libav's own lines would break the progress line; what matters comes back as an Error.
  av_log_set_level(AV_LOG_FATAL);
  if (auto good = check_subtitles(options); !good) return tl::unexpected(good.error());
  const auto output = OutputDirectory::create(directory, options.overwrite);
  if (!output) return tl::unexpected(output.error());
  Packaging packaging(source, options, **output);
  Expected<void> done = packaging.open();
  if (done) done = packaging.encode(observer);
  if (!done) return tl::unexpected(done.error());
  Package package = packaging.package();
  for (const Subtitles& subtitles : options.subtitles) {
    auto text = packaged(subtitles, package.video.front());
    if (!text) return tl::unexpected(text.error());
    package.text.push_back(*std::move(text));
  }
  done = write_texts(package, **output);
  if (done) done = (*output)->commit();
  if (!done) return tl::unexpected(done.error());
  return package;
}

}  // namespace rung::package
