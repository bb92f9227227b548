#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "abr/throughput_estimator.h"
#include "core/id.h"
#include "core/time.h"
#include "core/units.h"
#include "media/track.h"
#include "session/request.h"

namespace rung::prefetch {

/// A title that may come next.
struct Candidate {
  double probability = 0;  ///< That the viewer goes there next. The sum is at most 1.
  double popularity = 0;   ///< Its share of all plays, for policies that know no more.
  int distance = 0;        ///< Places on in the order in which titles are shown; 1 is the next one.
  double stays = 1;        ///< That who goes there sees more of it than the thin head.
  MediaTime begins{};      ///< Where in the title; ignored behind its end.
  friend bool operator==(const Candidate&, const Candidate&) = default;
};

/// The share of viewers who have left the running title up to a place.
using LeftBy = std::function<double(Duration)>;
/// That a viewer who is at a place of the running title leaves it within some time. May be empty:
/// not known.
using LeavesWithin = std::function<double(Duration position, Duration within)>;
/// Of those who have stayed until there.
[[nodiscard]] LeavesWithin leaves_within(LeftBy left_by);

/// What there is of a candidate already.
struct Fetched {
  const media::Tracks* tracks = nullptr;   ///< Known once its manifest is there.
  std::vector<session::HeldSegment> held;  ///< One a segment: the newest.
  ByteCount bytes;                         ///< All that was fetched of it, manifest and all.
  int setbacks = 0;                        ///< Transfers that failed or were given up.

  [[nodiscard]] std::optional<RepresentationIndex> representation(media::TrackKind track,
                                                                  SegmentNumber segment) const;
};

/// The steps of a candidate's ladder.
enum class Stage : std::uint8_t {
  manifest,   ///< The manifest; init segments come with the first segment.
  thin_head,  ///< The first two seconds in the lowest representation.
  full_head,  ///< The head in the representation that the title would start with.
  further,    ///< What follows.
};
[[nodiscard]] std::string_view to_string(Stage stage);

/// One transfer that would be of use.
struct Wish {
  std::size_t title = 0;
  Stage stage = Stage::manifest;
  media::TrackKind track{};
  SegmentNumber segment = 0;
  RepresentationIndex representation = 0;
  bool with_init = false;
  ByteCount size;   ///< As far as it is known.
  double gain = 0;  ///< Seconds of start-up; for the order and for people.
  /// The same transfer, whatever it is worth now.
  [[nodiscard]] bool same_as(const Wish& other) const;
  friend bool operator==(const Wish&, const Wish&) = default;
};

/// The transfer that fulfils `wish`, with the buffer of the title that plays.
[[nodiscard]] session::Request request_of(const Wish& wish, TransferId transfer,
                                          Duration buffer_level);
/// The transfer of `wish` has come, in so many bytes.
void keep(Fetched& title, const Wish& wish, ByteCount size);

/// What a policy sees: a snapshot, true while wishes() runs.
struct View {
  Timestamp now{};
  std::span<const Candidate> candidates;
  std::span<const Fetched> fetched;  ///< By candidate.
  abr::Forecast forecast;
  /// Of the title that plays: how long its buffer lasts at the speed at which it plays.
  Duration buffer_level{};
  Duration buffer_capacity = std::chrono::seconds(30);  ///< In the same measure.
  Duration free_for{};  ///< Until that title asks for its next segment; max() for never.
  bool live = false;    ///< It cannot be made to wait.
  bool metered = false;
  Duration position{};  ///< In the title that plays.
  ByteCount received;   ///< By that title, so far.
  ByteCount spent;      ///< On titles that may come next, beside it.
};

/// Says what to fetch of titles that may come next. Asked while the link is idle.
class Policy {
 public:
  Policy() = default;
  Policy(const Policy&) = delete;
  Policy& operator=(const Policy&) = delete;
  virtual ~Policy() = default;

  /// The most useful one first; none that is not worth its bytes.
  [[nodiscard]] virtual std::vector<Wish> wishes(const View& view) = 0;
};

}  // namespace rung::prefetch
