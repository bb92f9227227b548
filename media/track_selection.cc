#include "media/track_selection.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/check.h"
#include "core/limits.h"
#include "media/codecs.h"
#include "media/hls_presentation.h"
#include "media/sample_protection.h"

namespace rung::media {
namespace {

ContentType content_type(TrackKind kind) {
  return kind == TrackKind::video ? ContentType::video : ContentType::audio;
}

CodecFamily best_family(const AdaptationSet& set) {
  CodecFamily best = CodecFamily::none;
  for (const Representation& representation : set.representations)
    best = std::min(best, codec_family(representation.codecs, set.type));
  return best;
}

/// The set to play of those of the kind; nullopt when there is none.
std::optional<std::size_t> choose_set(const Period& period, TrackKind kind,
                                      const TrackSelection::Options& options) {
  // The least is the best.
  using Rank = std::tuple<Access, bool, bool, bool, CodecFamily, std::int64_t, bool>;
  const std::string& language = options.audio ? options.audio->language : options.audio_language;
  std::optional<std::size_t> chosen;
  Rank best_rank;
  for (std::size_t i = 0; i < period.adaptation_sets.size(); ++i) {
    const AdaptationSet& set = period.adaptation_sets[i];
    if (set.type != content_type(kind) || set.representations.empty()) continue;
    std::int64_t pixels = 0;
    for (const Representation& representation : set.representations)
      pixels = std::max(pixels, std::int64_t{representation.width} * representation.height);
    const Access access = access_to(set, options.key_ids);
    const Rank rank =
        kind == TrackKind::video
            ? Rank{access, false, false, false, best_family(set), -pixels, set.is_protected}
            : Rank{access,
                   options.audio && !is_of(set, *options.audio),
                   !matches_language(set.language, language),
                   !set.is_default,
                   best_family(set),
                   0,
                   set.is_protected};
    if (!chosen || rank < best_rank) {
      chosen = i;
      best_rank = rank;
    }
  }
  return chosen;
}

/// Whether both have the same number of segments, and each begins at the same time give or take a
/// quarter of a segment.
bool aligned(const SegmentTimeline& a, const SegmentTimeline& b) {
  if (a == b) return true;
  if (a.size() != b.size() || a.size() > limits::listed_segments) return false;
  const Duration tolerance = a.longest_duration() / 4;
  for (SegmentNumber i = 0; i < a.size(); ++i)
    if (std::chrono::abs(a.start(i) - b.start(i)) > tolerance) return false;
  return true;
}

/// Of the candidates, those that share one time line: of the lowest, the middle and the highest
/// one's, the time line that most of them have.
std::vector<std::size_t> largest_aligned_group(const AdaptationSet& set,
                                               const std::vector<std::size_t>& candidates) {
  std::vector<std::size_t> largest;
  for (const std::size_t reference :
       {candidates.front(), candidates[candidates.size() / 2], candidates.back()}) {
    std::vector<std::size_t> group;
    for (const std::size_t index : candidates)
      if (aligned(set.representations[reference].timeline, set.representations[index].timeline))
        group.push_back(index);
    if (group.size() > largest.size()) largest = std::move(group);
  }
  return largest;
}

/// The bandwidth of what declares none, so that it can be played where there is nothing else.
constexpr BitRate usual_bandwidth(TrackKind kind) {
  return kind == TrackKind::video ? undeclared_bandwidth : undeclared_audio_bandwidth;
}

/// Whether there is nothing to be seen or heard in it, as in one that is to be had elsewhere.
bool is_empty(const Period& period) {
  return std::ranges::none_of(period.adaptation_sets, [](const AdaptationSet& set) {
    return (set.type == ContentType::video || set.type == ContentType::audio) &&
           !set.representations.empty();
  });
}

/// Whether there is something of `type` in it; sound may come with the pictures.
bool has_media(const Period& period, ContentType type) {
  return std::ranges::any_of(period.adaptation_sets, [&](const AdaptationSet& set) {
    return (set.type == type || (type == ContentType::audio && set.is_muxed)) &&
           std::ranges::any_of(set.representations, [](const Representation& representation) {
             return representation.timeline.size() > 0;
           });
  });
}

/// The sizes of all segments in all of the representations; empty unless all are known.
std::vector<ByteCount> known_sizes(const AdaptationSet& set,
                                   const std::vector<std::size_t>& representations,
                                   SegmentNumber count) {
  std::vector<ByteCount> sizes;
  if (count > limits::listed_segments) return sizes;
  for (SegmentNumber segment = 0; segment < count; ++segment)
    for (const std::size_t index : representations) {
      const auto size = set.representations[index].size(segment);
      if (!size || *size <= ByteCount{}) return {};
      sizes.push_back(*size);
    }
  return sizes;
}

}  // namespace

bool matches_language(std::string_view language, std::string_view range) {
  if (range.empty() || language.size() < range.size()) return false;
  const auto same = [](char a, char b) {
    const auto lower = [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return lower(a) == lower(b);
  };
  return std::ranges::equal(language.substr(0, range.size()), range, same) &&
         (language.size() == range.size() || language[range.size()] == '-');
}

Expected<TrackSelection> TrackSelection::create(std::shared_ptr<const Presentation> presentation,
                                                const Options& options) {
  RUNG_CHECK(presentation != nullptr);
  TrackSelection selection;
  selection.presentation_ = std::move(presentation);
  if (selection.presentation_->type == PresentationType::on_demand) selection.leave_out_periods();
  if (auto added = selection.add_track(TrackKind::video, options); !added)
    return tl::unexpected(added.error());
  bool audio_in_video = selection.tracks_.video.has_value();
  for (const Source& source : selection.sources_[static_cast<std::size_t>(TrackKind::video)])
    audio_in_video = audio_in_video && selection.presentation_->periods[source.period]
                                           .adaptation_sets[source.adaptation_set]
                                           .is_muxed;
  if (!audio_in_video)
    if (auto added = selection.add_track(TrackKind::audio, options); !added)
      return tl::unexpected(added.error());
  if (!selection.tracks_.video && !selection.tracks_.audio)
    return failure(ErrorCode::unsupported, "there is neither video nor audio that can be played");
  selection.tracks_.live = selection.presentation_->type == PresentationType::live;
  return selection;
}

void TrackSelection::leave_out_periods() {
  for (const ContentType type : {ContentType::video, ContentType::audio}) {
    std::vector<std::size_t> lacking;
    Duration with{};
    Duration without{};
    for (std::size_t i = 0; i < presentation_->periods.size(); ++i) {
      const Period& period = presentation_->periods[i];
      if (is_empty(period) || periods_left_out_.contains(i)) continue;
      const bool is_there = has_media(period, type);
      (is_there ? with : without) += period.duration;
      if (!is_there) lacking.push_back(i);
    }
    if (without >= with) continue;
    for (const std::size_t i : lacking) {
      periods_left_out_.insert(i);
      dropped_.push_back(Dropped{i, "",
                                 type == ContentType::video
                                     ? "the period has no video, and is left out"
                                     : "the period has no audio, and is left out"});
    }
  }
}

std::vector<std::size_t> TrackSelection::capped(std::size_t period, const AdaptationSet& set,
                                                const std::vector<std::size_t>& ladder,
                                                const Options& options) {
  std::vector<std::size_t> allowed;
  for (const std::size_t index : ladder) {
    const Representation& representation = set.representations[index];
    const bool too_tall = options.max_height && representation.height > *options.max_height;
    const bool too_fast =
        options.max_bandwidth && representation.bandwidth > *options.max_bandwidth;
    if (index == ladder.front() || (!too_tall && !too_fast))
      allowed.push_back(index);
    else
      dropped_.push_back(Dropped{period, representation.id,
                                 too_tall ? "it has more lines than the viewer allows"
                                          : "it asks for more than the viewer allows"});
  }
  return allowed;
}

Expected<void> TrackSelection::add_track(TrackKind kind, const Options& options) {
  std::vector<Track::Part> parts;
  std::vector<Source> sources;
  const std::string kind_name = kind == TrackKind::video ? "video" : "audio";
  MediaTime end_so_far{};
  for (std::size_t i = 0; i < presentation_->periods.size(); ++i) {
    if (periods_left_out_.contains(i)) continue;
    const Period& period = presentation_->periods[i];
    std::vector<std::size_t> candidates;
    const auto chosen = choose_set(period, kind, options);
    bool none_declares = false;
    if (chosen) {
      const AdaptationSet& set = period.adaptation_sets[*chosen];
      const CodecFamily family = best_family(set);
      none_declares =
          std::ranges::none_of(set.representations, [](const Representation& representation) {
            return representation.bandwidth > BitRate{};
          });
      for (std::size_t index = 0; index < set.representations.size(); ++index) {
        const Representation& representation = set.representations[index];
        std::string reason;
        if (codec_family(representation.codecs, set.type) != family)
          reason = "its codec is of another family than the others'";
        else if (representation.timeline.size() == 0)
          reason = "it has no segments";
        else if (representation.bandwidth <= BitRate{} && !(none_declares && candidates.empty()))
          reason = "it declares no bandwidth";
        if (reason.empty())
          candidates.push_back(index);
        else
          dropped_.push_back(Dropped{i, representation.id, std::move(reason)});
      }
    }
    if (candidates.empty() && is_empty(period)) continue;
    if (candidates.empty()) {
      dropped_.push_back(Dropped{i, "", "the period has no " + kind_name});
      return {};
    }
    const AdaptationSet& set = period.adaptation_sets[*chosen];
    std::vector<std::size_t> ladder = largest_aligned_group(set, candidates);
    for (const std::size_t index : candidates)
      if (!std::ranges::binary_search(ladder, index))
        dropped_.push_back(Dropped{i, set.representations[index].id,
                                   "its segments do not begin where the others' do"});
    if (kind == TrackKind::video) ladder = capped(i, set, ladder, options);
    const SegmentTimeline& timeline = set.representations[ladder.front()].timeline;
    const MediaTime period_end = std::max(period.start + period.duration, end_so_far);
    Track::Part part;
    part.timeline = fitted(timeline, std::max(period.start, end_so_far), period_end);
    for (const std::size_t index : ladder) {
      const Representation& representation = set.representations[index];
      part.bandwidths.push_back(none_declares ? usual_bandwidth(kind) : representation.bandwidth);
      part.heights.push_back(representation.height);
      part.has_init = part.has_init || representation.init.has_value();
    }
    part.sizes = known_sizes(set, ladder, timeline.size());
    const SegmentNumber last = part.timeline.size() - 1;
    end_so_far = part.timeline.start(last) + part.timeline.duration(last);
    parts.push_back(std::move(part));
    sources.push_back(Source{i, *chosen, ladder});
  }
  if (parts.empty()) return {};
  auto track = Track::create(std::move(parts));
  if (!track) return tl::unexpected(track.error());
  (kind == TrackKind::video ? tracks_.video : tracks_.audio) = std::move(*track);
  sources_[static_cast<std::size_t>(kind)] = std::move(sources);
  return {};
}

const AdaptationSet& TrackSelection::adaptation_set(TrackKind kind, SegmentNumber segment) const {
  const Source& found = source(kind, segment);
  return presentation_->periods[found.period].adaptation_sets[found.adaptation_set];
}

const Representation& TrackSelection::representation(TrackKind kind, SegmentNumber segment,
                                                     RepresentationIndex index) const {
  const Source& found = source(kind, segment);
  RUNG_CHECK(index < found.representations.size());
  return adaptation_set(kind, segment).representations[found.representations[index]];
}

Resource TrackSelection::resource_of(TrackKind kind, SegmentNumber segment,
                                     RepresentationIndex index) const {
  return representation(kind, segment, index).resource(tracks_.of(kind)->place(segment).index);
}

std::optional<Resource> TrackSelection::init_of(TrackKind kind, SegmentNumber segment,
                                                RepresentationIndex index) const {
  return representation(kind, segment, index).init;
}

const TrackSelection::Source& TrackSelection::source(TrackKind kind, SegmentNumber segment) const {
  RUNG_CHECK(tracks_.of(kind).has_value());
  return sources_[static_cast<std::size_t>(kind)][tracks_.of(kind)->place(segment).part];
}

}  // namespace rung::media
