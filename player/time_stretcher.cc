#include "player/time_stretcher.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace rung::player {
namespace {

constexpr std::size_t channels = decode::sample_channels;
/// One piece of output: 20 ms. As much of the piece before fades out below it.
constexpr std::size_t piece = decode::sample_rate / 50;
/// So far from where it is due a piece may begin: the half of a wave of 50 Hz.
constexpr std::size_t reach = decode::sample_rate / 100;
/// At first every fourth sample is compared at every fourth place.
constexpr std::size_t coarse = 4;
/// The most that a piece needs at the highest speed: what goes on, what is passed over, the search.
constexpr std::size_t held_frames = 16 * piece;

/// The share of what comes in the middle of a piece; what goes has the rest.
const std::array<float, piece>& fade() {
  static const std::array<float, piece> shares = [] {
    std::array<float, piece> all{};
    for (std::size_t i = 0; i < piece; ++i) {
      const double at = (static_cast<double>(i) + 0.5) / static_cast<double>(piece);
      all[i] = static_cast<float>(0.5 - 0.5 * std::cos(at * 3.14159265358979323846));
    }
    return all;
  }();
  return shares;
}

}  // namespace

TimeStretcher::TimeStretcher(SampleQueue& queue)
    : queue_(queue),
      held_(held_frames * channels),
      mono_(held_frames),
      piece_(piece * channels),
      piece_at_(piece) {
  static_cast<void>(fade());
}

std::uint64_t TimeStretcher::next_frame() const {
  if (piece_at_ < piece)
    return static_cast<std::uint64_t>(piece_from_ + static_cast<double>(piece_at_) * piece_step_);
  if (stretching_) return held_from_ + static_cast<std::uint64_t>(nominal_);
  return held_from_ + natural_;
}

void TimeStretcher::skip_dropped() {
  queue_.skip_dropped();
  // Samples that were taken are no longer wanted where those behind them are not.
  if (queue_.consumed() != held_from_ + held_count_) forget();
}

void TimeStretcher::forget() {
  held_from_ = queue_.consumed();
  held_count_ = 0;
  natural_ = 0;
  stretching_ = false;
  piece_at_ = piece;
}

std::size_t TimeStretcher::pull(std::span<float> interleaved, Speed speed) {
  skip_dropped();
  std::size_t done = 0;
  const std::size_t wanted = interleaved.size() / channels;
  while (done < wanted) {
    const std::span<float> rest = interleaved.subspan(done * channels, (wanted - done) * channels);
    if (piece_at_ < piece) {
      const std::size_t count = std::min(piece - piece_at_, wanted - done);
      std::copy_n(piece_.begin() + static_cast<std::ptrdiff_t>(piece_at_ * channels),
                  count * channels, rest.begin());
      piece_at_ += count;
      done += count;
    } else if (speed != Speed() || stretching_) {
      if (!stretch(speed)) break;
      // One piece at its own speed, then what goes on there is as it is.
      if (speed == Speed()) stretching_ = false;
    } else if (natural_ < held_count_) {
      const std::size_t count = std::min(held_count_ - natural_, wanted - done);
      std::copy_n(held_.begin() + static_cast<std::ptrdiff_t>(natural_ * channels),
                  count * channels, rest.begin());
      natural_ += count;
      done += count;
    } else {
      const std::size_t count = queue_.pull(rest);
      forget();
      done += count;
      break;
    }
  }
  return done;
}

bool TimeStretcher::stretch(Speed speed) {
  if (!stretching_) {
    nominal_ = static_cast<double>(natural_);
    stretching_ = true;
  }
  const auto due = static_cast<std::size_t>(nominal_);
  const std::size_t oldest = std::min(natural_, due > reach ? due - reach : 0);
  let_go(oldest);
  const std::size_t place = due - oldest;
  const std::size_t first = place > reach ? place - reach : 0;
  const std::size_t last = place + reach;
  // The piece itself, and what fades out below the next one.
  hold(std::max(last, natural_) + 2 * piece);
  if (held_count_ < std::max(last, natural_) + 2 * piece) return false;
  const std::size_t begin = most_alike(natural_, first, last);
  for (std::size_t i = 0; i < piece; ++i) {
    const float coming = fade()[i];
    for (std::size_t channel = 0; channel < channels; ++channel)
      piece_[i * channels + channel] = held_[(begin + i) * channels + channel] * coming +
                                       held_[(natural_ + i) * channels + channel] * (1 - coming);
  }
  piece_at_ = 0;
  piece_step_ = static_cast<double>(speed.percent()) / 100;
  piece_from_ = static_cast<double>(held_from_) + nominal_;
  nominal_ += static_cast<double>(piece) * piece_step_;
  natural_ = begin + piece;
  return true;
}

void TimeStretcher::hold(std::size_t frames) {
  const std::size_t wanted = std::min(frames, held_frames);
  if (wanted <= held_count_) return;
  const std::size_t got = queue_.pull(
      std::span(held_).subspan(held_count_ * channels, (wanted - held_count_) * channels));
  for (std::size_t i = held_count_; i < held_count_ + got; ++i)
    mono_[i] = held_[i * channels] + held_[i * channels + channels - 1];
  held_count_ += got;
}

void TimeStretcher::let_go(std::size_t frame) {
  std::copy(held_.begin() + static_cast<std::ptrdiff_t>(frame * channels),
            held_.begin() + static_cast<std::ptrdiff_t>(held_count_ * channels), held_.begin());
  std::copy(mono_.begin() + static_cast<std::ptrdiff_t>(frame),
            mono_.begin() + static_cast<std::ptrdiff_t>(held_count_), mono_.begin());
  held_count_ -= frame;
  held_from_ += frame;
  natural_ -= frame;
  nominal_ -= static_cast<double>(frame);
}

std::size_t TimeStretcher::most_alike(std::size_t like, std::size_t first, std::size_t last) const {
  std::size_t best = std::clamp(like, first, last);
  double highest = likeness(like, best, coarse);
  const auto look = [&](std::size_t from, std::size_t to, std::size_t step) {
    for (std::size_t at = from; at <= to; at += step) {
      const double alike = likeness(like, at, coarse);
      if (alike <= highest) continue;
      highest = alike;
      best = at;
    }
  };
  look(first, last, coarse);
  const std::size_t around = best;
  look(around > first + coarse ? around - coarse : first, std::min(around + coarse, last), 1);
  return best;
}

double TimeStretcher::likeness(std::size_t a, std::size_t b, std::size_t step) const {
  double product = 0;
  double energy = 1e-9;
  for (std::size_t i = 0; i < piece; i += step) {
    product += static_cast<double>(mono_[a + i]) * static_cast<double>(mono_[b + i]);
    energy += static_cast<double>(mono_[b + i]) * static_cast<double>(mono_[b + i]);
  }
  return product / std::sqrt(energy);
}

}  // namespace rung::player
