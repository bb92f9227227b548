#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/speed.h"
#include "player/sample_queue.h"

namespace rung::player {

/// Takes samples out of a queue faster or slower than they are heard, at their own pitch: pieces of
/// 20 ms are laid over each other where they are most alike (WSOLA, Verhelst and Roelands 1993). At
/// its own speed a title's samples pass as they are. A resource of the audio callback: nothing in
/// it waits, and only the constructor allocates.
class TimeStretcher {
 public:
  explicit TimeStretcher(SampleQueue& queue);
  TimeStretcher(const TimeStretcher&) = delete;
  TimeStretcher& operator=(const TimeStretcher&) = delete;

  /// Fills `interleaved` as far as there are samples and tells how many frames.
  [[nodiscard]] std::size_t pull(std::span<float> interleaved, Speed speed);
  /// Passes over what a restart of the queue has dropped.
  void skip_dropped();
  /// The frame of the queue that pull() goes on with.
  [[nodiscard]] std::uint64_t next_frame() const;

 private:
  /// Reads on until `frames` are held, as far as there are so many.
  void hold(std::size_t frames);
  /// Lets go what lies before `frame` of those that are held.
  void let_go(std::size_t frame);
  void forget();
  /// Makes the next piece of output. False where there are not enough samples for it.
  [[nodiscard]] bool stretch(Speed speed);
  /// Where between `first` and `last` the samples go on most like those at `like`.
  [[nodiscard]] std::size_t most_alike(std::size_t like, std::size_t first, std::size_t last) const;
  [[nodiscard]] double likeness(std::size_t a, std::size_t b, std::size_t step) const;

  SampleQueue& queue_;
  std::vector<float> held_;  ///< Frames out of the queue, of which the oldest is `held_from_`.
  std::vector<float> mono_;  ///< The same, one channel.
  std::size_t held_count_ = 0;
  std::uint64_t held_from_ = 0;
  bool stretching_ = false;   ///< Pieces are laid over each other.
  double nominal_ = 0;        ///< Where the next piece is due, in held frames.
  std::size_t natural_ = 0;   ///< Where the last piece goes on, in held frames.
  std::vector<float> piece_;  ///< Output that is made.
  std::size_t piece_at_ = 0;  ///< What is given of it, in frames.
  double piece_from_ = 0;     ///< Where it is in the queue.
  double piece_step_ = 0;     ///< Frames of the queue in one of it.
};

}  // namespace rung::player
