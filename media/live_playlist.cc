#include "media/live_playlist.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "media/iso8601.h"

namespace rung::media {
namespace {

/// Whatever a playlist states, and where it states none.
constexpr std::int64_t ticks_per_second = 1'000'000'000;  // a Duration's own
constexpr Duration longest_target = std::chrono::hours(1);
constexpr Duration shortest_target = std::chrono::milliseconds(500);
constexpr Duration shortest_part = std::chrono::milliseconds(50);
/// A target of so many times the longest segment is none.
constexpr int exaggerated = 8;
constexpr int delay_in_targets = 3;
constexpr int least_delay_in_targets = 2;
/// A live title's first segment may lie so far from where another playlist begins.
constexpr Duration furthest_apart = std::chrono::hours(24 * 365);

using Segments = std::vector<PlacedSegment>;

MediaTime end_behind(const PlacedSegment& segment) { return segment.start + segment.duration; }

/// The segment of that number; null where there is none.
const PlacedSegment* numbered(const Segments& segments, std::int64_t sequence) {
  const auto found = std::ranges::lower_bound(segments, sequence, {}, &PlacedSegment::sequence);
  return found == segments.end() || found->sequence != sequence ? nullptr : &*found;
}

/// What moves `fresh` to where its wall clock has it beside `known`.
std::optional<Duration> by_clock(const Segments& fresh, const Segments& known) {
  const auto first = std::ranges::find_if(
      fresh, [](const PlacedSegment& segment) { return segment.clock.has_value(); });
  if (first == fresh.end()) return std::nullopt;
  const PlacedSegment* nearest = nullptr;
  for (const PlacedSegment& segment : known)
    if (segment.clock &&
        (nearest == nullptr || std::chrono::abs(*segment.clock - *first->clock) <
                                   std::chrono::abs(*nearest->clock - *first->clock)))
      nearest = &segment;
  if (nearest == nullptr) return std::nullopt;
  const Duration apart = *first->clock - *nearest->clock;
  if (std::chrono::abs(apart) > furthest_apart) return std::nullopt;
  return nearest->start + apart - first->start;
}

/// The same by a segment that both have under one number.
std::optional<Duration> by_number(const Segments& fresh, const Segments& known) {
  const std::int64_t number = std::max(fresh.front().sequence, known.front().sequence);
  const PlacedSegment* const one = numbered(fresh, number);
  const PlacedSegment* const same = numbered(known, number);
  if (one == nullptr || same == nullptr) return std::nullopt;
  return same->start - one->start;
}

/// How far the numbers of `fresh` are behind those of `known` (below zero: ahead): of a playlist
/// that slides although its media sequence number stands still. The URLs tell, or the clock where
/// all are new; zero where a number stands for the same segment in both, or nothing tells.
std::int64_t numbers_behind(const Segments& fresh, const Segments& known) {
  const PlacedSegment& first = fresh.front();
  const PlacedSegment* const same = numbered(known, first.sequence);
  if (same == nullptr || same->resource == first.resource) return 0;
  for (const PlacedSegment& segment : fresh)
    if (const auto* one = numbered(known, segment.sequence);
        one != nullptr && one->resource == segment.resource)
      return 0;
  const auto found =
      std::ranges::find(known.rbegin(), known.rend(), first.resource, &PlacedSegment::resource);
  if (found != known.rend()) return found->sequence - first.sequence;
  if (!first.clock || !same->clock || *first.clock - *same->clock < same->duration / 2) return 0;
  const PlacedSegment& last = known.back();
  if (!last.clock || *first.clock < *last.clock + last.duration / 2) {
    const auto at = std::ranges::find_if(known, [&](const PlacedSegment& segment) {
      return segment.clock &&
             std::chrono::abs(*segment.clock - *first.clock) < segment.duration / 2;
    });
    return at == known.end() ? 0 : at->sequence - first.sequence;
  }
  const std::int64_t further = std::max<std::int64_t>(
      (*first.clock - *last.clock + last.duration / 2) / std::max(last.duration, Duration(1)), 1);
  return last.sequence + std::min(further, most_live_segments) - first.sequence;
}

Duration longest_of(const Segments& segments) {
  return std::ranges::max_element(segments, {}, &PlacedSegment::duration)->duration;
}

bool same_length(const Segments& a, const Segments& b) {
  const Duration one = longest_of(a);
  return std::chrono::abs(one - longest_of(b)) <= one / 8;
}

}  // namespace

LivePlaylist::LivePlaylist(const HlsMediaDocument& document) : segments_(placed(document)) {
  listed_from_ = document.playlist.media_sequence;
  read_settings(document.playlist);
  take_growing(document);
}

void LivePlaylist::take_growing(const HlsMediaDocument& document) {
  const HlsMediaPlaylist& playlist = document.playlist;
  auto fresh = media::growing(document, segments_);
  // It follows the last segment that is listed, not one that is known from before.
  const std::int64_t next =
      playlist.media_sequence + static_cast<std::int64_t>(playlist.segments.size());
  if (fresh && fresh->sequence == next) {
    parts_end_ = fresh->start + playlist.growing->duration;
    growing_ = std::move(fresh);
  } else if (!playlist.has_end || !growing_ || growing_->sequence != next) {
    growing_.reset();
  } else {
    // It will not be whole: it ends with the parts that there were.
    growing_->duration = std::max(parts_end_ - growing_->start, Duration(1));
    growing_->next_part.reset();
  }
}

std::string LivePlaylist::next_part() const {
  const std::int64_t number = segments_.empty() ? 0 : segments_.back().sequence + 1 - slid_;
  return "_HLS_msn=" + std::to_string(number) +
         "&_HLS_part=" + std::to_string(growing_ ? growing_->parts.size() : 0);
}

void LivePlaylist::read_settings(const HlsMediaPlaylist& playlist) {
  ended_ = ended_ || playlist.has_end;
  hold_back_ = playlist.hold_back;
  skip_boundary_ = playlist.can_skip_until;
  part_hold_back_ = playlist.part_hold_back;
  part_target_ =
      playlist.can_block_reload && playlist.keys.empty() ? playlist.part_target : std::nullopt;
  if (part_target_) part_target_ = std::clamp(*part_target_, shortest_part, longest_target);
  target_ = playlist.target_duration.value_or(Duration::zero());
  if (!segments_.empty()) {
    // Read again so seldom as a target says that no segment comes near, it would fall dry.
    const Duration longest = longest_of(segments_);
    if (target_ == Duration::zero() || target_ > longest * exaggerated) target_ = longest;
  }
  target_ = std::clamp(target_, shortest_target, longest_target);
}

void LivePlaylist::move(Duration by) {
  for (PlacedSegment& segment : segments_) segment.start += by;
  if (growing_) growing_->start += by;
  parts_end_ += by;
}

void LivePlaylist::place_beside(const LivePlaylist& other) {
  if (segments_.empty() || other.segments_.empty()) return;
  auto by = by_clock(segments_, other.segments_);
  if (!by && same_length(segments_, other.segments_)) by = by_number(segments_, other.segments_);
  move(by.value_or(other.end() - end()));
  const auto distance = by_number(segments_, other.segments_);
  same_numbers_ = distance && std::chrono::abs(*distance) < longest_of(segments_) / 2;
}

bool LivePlaylist::take(const HlsMediaDocument& document, const LivePlaylist* beside) {
  Segments fresh = placed(document);
  const bool was_empty = segments_.empty();
  if (fresh.empty() || was_empty) {
    segments_.insert(segments_.end(), fresh.begin(), fresh.end());
    listed_from_ = document.playlist.media_sequence;
    read_settings(document.playlist);
    take_growing(document);
    if (was_empty && !fresh.empty() && beside != nullptr) place_beside(*beside);
    return !fresh.empty();
  }
  for (PlacedSegment& segment : fresh) segment.sequence += slid_;
  // Only one that has slid can be an older state of itself with the numbers of the new one.
  if (const std::int64_t behind = numbers_behind(fresh, segments_);
      behind > 0 || (slid_ > 0 && behind < 0)) {
    for (PlacedSegment& segment : fresh) segment.sequence += behind;
    slid_ += behind;
  }
  const std::int64_t known_to = segments_.back().sequence;
  const bool follows = fresh.front().sequence <= known_to + 1;
  const bool backwards = fresh.back().sequence < segments_.front().sequence;
  MediaTime at = end();
  if (!follows || backwards) {
    const auto start = place_behind(fresh, beside);
    // An older state of the playlist, from a server that lags.
    if (!start) return false;
    at = *start;
  }
  read_settings(document.playlist);
  if (backwards) {  // Its numbers began anew.
    segments_.clear();
    slid_ = 0;
  }
  listed_from_ =
      segments_.empty() ? fresh.front().sequence : std::max(listed_from_, fresh.front().sequence);
  bool grew = false;
  for (PlacedSegment& segment : fresh) {
    const auto place =
        std::ranges::lower_bound(segments_, segment.sequence, {}, &PlacedSegment::sequence);
    if (place == segments_.end()) {
      if (at.time_since_epoch() > furthest_time) break;
      segment.start = at;
      at += segment.duration;
      grew = true;
      segments_.push_back(std::move(segment));
    } else if (place->sequence == segment.sequence) {
      // It may be somewhere else by now, but it is the same one.
      segment.start = place->start;
      segment.duration = place->duration;
      *place = std::move(segment);
    }
  }
  const auto listed =
      std::ranges::lower_bound(segments_, listed_from_, {}, &PlacedSegment::sequence);
  const auto kept = std::min(listed - segments_.begin(), segments_.end() - listed);
  segments_.erase(segments_.begin(), listed - kept);
  take_growing(document);
  return grew;
}

std::optional<MediaTime> LivePlaylist::place_behind(const std::vector<PlacedSegment>& fresh,
                                                    const LivePlaylist* beside) const {
  const bool has_other = beside != nullptr && !beside->segments_.empty();
  std::optional<Duration> by;
  if (has_other) by = by_clock(fresh, beside->segments_);
  if (!by) by = by_clock(fresh, segments_);
  if (!by && has_other && same_numbers_) by = by_number(fresh, beside->segments_);
  const std::int64_t missed = fresh.front().sequence - segments_.back().sequence - 1;
  if (!by && missed >= 0) {
    const Duration most = furthest_time - end().time_since_epoch();
    by = (end() - fresh.front().start) + (missed > most / target_ ? most : target_ * missed);
  }
  if (!by || (missed < 0 && end_behind(fresh.back()) + *by <= end())) return std::nullopt;
  return std::max(fresh.front().start + *by, end());
}

const PlacedSegment* LivePlaylist::find(MediaTime start, Duration duration) const {
  const PlacedSegment* nearest = nullptr;
  const auto consider = [&](const PlacedSegment& segment) {
    const auto distance = [&](const PlacedSegment& one) {
      return std::chrono::abs(one.start - start);
    };
    if (distance(segment) <= duration / 2 &&
        (nearest == nullptr || distance(segment) < distance(*nearest)))
      nearest = &segment;
  };
  const auto behind = std::ranges::lower_bound(segments_, start, {}, &PlacedSegment::start);
  if (behind != segments_.begin()) consider(*(behind - 1));
  if (behind != segments_.end()) consider(*behind);
  if (growing_) consider(*growing_);
  return nearest != nullptr && !nearest->gap ? nearest : nullptr;
}

MediaTime LivePlaylist::start() const {
  const auto listed =
      std::ranges::lower_bound(segments_, listed_from_, {}, &PlacedSegment::sequence);
  return listed == segments_.end() ? end() : listed->start;
}

MediaTime LivePlaylist::end() const {
  return segments_.empty() ? MediaTime{} : end_behind(segments_.back());
}

Duration LivePlaylist::delay(std::optional<Duration> wish) const {
  if (part_target_) {
    const Duration least = *part_target_ * least_delay_in_targets;
    const Duration wanted =
        wish.value_or(part_hold_back_.value_or(*part_target_ * delay_in_targets));
    return std::clamp(wanted, least, std::max(end() - start(), least));
  }
  const Duration delay = wish ? std::max(*wish, target_ * least_delay_in_targets)
                              : std::max(hold_back_.value_or(target_ * delay_in_targets), target_);
  return std::min(delay, std::max(end() - start() - target_, target_));
}

LiveGrowth growth(const Track& known, LastSegment state, const LivePlaylist& playlist) {
  LiveGrowth live{.track = {}, .last = state};
  TrackGrowth& result = live.track;
  const Track::Part& last = known.parts().back();
  const Segments& segments = playlist.segments();
  MediaTime known_end = known.end();
  if (state == LastSegment::presumed) {
    const SegmentNumber number = known.segment_count() - 1;
    const MediaTime start = known.start(number);
    const PlacedSegment* const now = playlist.find(start, known.duration(number));
    const bool corrects =
        now != nullptr && !last.timeline.cut() && last.timeline.timescale() == ticks_per_second;
    const Duration length = corrects ? end_behind(*now) - start : Duration{};
    if (now != nullptr && !now->growing) live.last = LastSegment::known;
    if (length > Duration::zero() && start + length != known_end) {
      result.last_duration = length.count();
      known_end = start + length;
    }
  }
  MediaTime at = known_end;
  std::int64_t room = most_live_segments - known.segment_count();
  const PlacedSegment* before = nullptr;
  const auto add = [&](const PlacedSegment& segment) {
    const PlacedSegment* const previous = std::exchange(before, &segment);
    // What is known may be placed a little differently here.
    if (segment.gap || segment.start + segment.duration / 2 < known_end) return;
    const MediaTime start = std::max(segment.start, at);
    const MediaTime end = std::max(end_behind(segment), start + Duration(1));
    if (room-- <= 0) return;
    const bool same_init = previous != nullptr && previous->init == segment.init;
    if (result.parts.empty() || !same_init) {
      result.joins = result.joins || (result.parts.empty() && same_init);
      Track::Part part;
      part.bandwidths = last.bandwidths;
      part.heights = last.heights;
      part.has_init = segment.init.has_value();
      part.timeline = SegmentTimeline(last.timeline.timescale(), last.timeline.origin(),
                                      last.timeline.period_start());
      result.parts.push_back(std::move(part));
    }
    result.parts.back().timeline.append(
        {start.time_since_epoch().count(), (end - start).count(), 1});
    at = end;
  };
  for (const PlacedSegment& segment : segments) add(segment);
  if (!result.parts.empty()) live.last = LastSegment::known;
  if (playlist.growing()) {
    const MediaTime end = at;
    add(*playlist.growing());
    if (at > end) live.last = LastSegment::presumed;
  }
  if (result.joins && last.timeline.cut()) result.joins = false;
  return live;
}

}  // namespace rung::media
