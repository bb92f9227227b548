#include "media/package/demo_sound.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

namespace rung::package {

namespace {

constexpr double turn = 2 * std::numbers::pi;
constexpr double chord_seconds = 4;

/// Semitones above A2 (110 Hz): A minor 7, F major 7, C major, G with a ninth.
constexpr std::array<std::array<int, 4>, 4> chords{
    {{0, 7, 12, 15}, {-4, 8, 12, 15}, {3, 10, 15, 19}, {-2, 10, 13, 17}}};
/// Which note of the chord is plucked on every half second of it; -1 rests.
constexpr std::array<int, 8> melody{3, 1, 2, -1, 3, 2, 1, -1};

double frequency(int semitones) { return 110 * std::exp2(semitones / 12.0); }

struct Stereo {
  double left = 0, right = 0;
};

Stereo pad(double seconds, int higher) {
  const auto bar = static_cast<std::int64_t>(seconds / chord_seconds);
  Stereo sum;
  // A chord swells and overlaps with the tail of the one before.
  for (const std::int64_t chord : {bar - 1, bar}) {
    if (chord < 0) continue;
    const double inside = seconds - static_cast<double>(chord) * chord_seconds;
    const double swell = std::min(1.0, inside / 1.4);
    const double tail = std::clamp(1 - (inside - chord_seconds) / 1.6, 0.0, 1.0);
    const double level = swell * swell * tail * tail;
    if (level <= 0) continue;
    for (const int note : chords[static_cast<std::size_t>(chord) % chords.size()]) {
      const double f = frequency(note + higher);
      const double detune = .35;
      const auto voice = [&](double hertz) {
        const double phase = turn * hertz * seconds;
        return std::sin(phase) + .22 * std::sin(2 * phase) + .07 * std::sin(3 * phase);
      };
      sum.left += level * voice(f - detune);
      sum.right += level * voice(f + detune);
    }
  }
  return {sum.left * .05, sum.right * .05};
}

Stereo plucks(double seconds, int higher) {
  Stereo sum;
  const auto newest = static_cast<std::int64_t>(seconds * 2);
  for (std::int64_t pluck = std::max<std::int64_t>(0, newest - 3); pluck <= newest; ++pluck) {
    const int voice = melody[static_cast<std::size_t>(pluck) % melody.size()];
    if (voice < 0) continue;
    const double since = seconds - static_cast<double>(pluck) * .5;
    const auto& chord =
        chords[static_cast<std::size_t>(static_cast<double>(pluck) * .5 / chord_seconds) %
               chords.size()];
    const double f = frequency(chord[static_cast<std::size_t>(voice)] + 12 + higher);
    const double level = .07 * std::min(1.0, since / .006) * std::exp(-since * 3.2);
    const double tone =
        std::sin(turn * f * since) + .35 * std::exp(-since * 5) * std::sin(2 * turn * f * since);
    const double side = pluck % 2 == 0 ? .35 : .65;
    sum.left += level * tone * (1 - side) * 2;
    sum.right += level * tone * side * 2;
  }
  return sum;
}

double tick(double seconds) {
  const double since = seconds - std::floor(seconds);
  if (since > .12) return 0;
  // A small wooden knock: two partials that die at once.
  return .11 * std::min(1.0, since / .0012) *
         (std::exp(-since * 70) * std::sin(turn * 1180 * since) +
          .5 * std::exp(-since * 120) * std::sin(turn * 2730 * since));
}

}  // namespace

FramePtr DemoSound::render(std::int64_t first, int count) const {
  FramePtr frame = make_sound(count);
  auto* left = reinterpret_cast<float*>(frame->extended_data[0]);
  auto* right = reinterpret_cast<float*>(frame->extended_data[1]);
  const double end = static_cast<double>(length_) / sound_rate;
  for (int i = 0; i < count; ++i) {
    const double seconds = static_cast<double>(first + i) / sound_rate;
    const Stereo chord = pad(seconds, semitones_);
    const Stereo melody_now = plucks(seconds, semitones_);
    const double fade = std::clamp(std::min(seconds / .4 + .1, (end - seconds) / 1.5), 0.0, 1.0);
    const double knock = tick(seconds);
    left[i] = static_cast<float>(fade * (chord.left + melody_now.left) + knock);
    right[i] = static_cast<float>(fade * (chord.right + melody_now.right) + knock);
  }
  return frame;
}

}  // namespace rung::package
