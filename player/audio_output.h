#pragma once

#include <cstdint>
#include <memory>

#include "core/expected.h"
#include "core/speed.h"
#include "player/sample_queue.h"
#include "player/steady_time.h"

namespace rung::player {

/// Takes samples out of a queue in real time. Owned by the main thread. A resource.
class AudioOutput {
 public:
  AudioOutput() = default;
  AudioOutput(const AudioOutput&) = delete;
  AudioOutput& operator=(const AudioOutput&) = delete;
  virtual ~AudioOutput() = default;

  virtual void start() = 0;
  virtual void hold() = 0;
  /// A factor of 0 to 1.
  virtual void set_volume(double volume) = 0;
  /// At the pitch of the title.
  virtual void set_speed(Speed speed) = 0;
  /// The number of the frame that is heard at `now`, in the queue's count.
  [[nodiscard]] virtual std::uint64_t audible(SteadyTime now) = 0;
};

/// The default audio device (SDL). Fails with `unsupported` when there is none. `volume` is a
/// factor of 0 to 1. The queue must outlive the output.
[[nodiscard]] Expected<std::unique_ptr<AudioOutput>> open_audio_device(SampleQueue& queue,
                                                                       double volume);

/// Consumes as a device would, by the steady clock, and is heard by nobody.
[[nodiscard]] std::unique_ptr<AudioOutput> make_null_audio_output(SampleQueue& queue);

}  // namespace rung::player
