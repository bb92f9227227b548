#include "media/presentation_loader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/check.h"
#include "core/limits.h"
#include "media/iso8601.h"
#include "media/manifest.h"

namespace rung::media {

PresentationLoader::PresentationLoader(Presentation presentation)
    : presentation_(std::move(presentation)), policy_(presentation_.url) {}

Expected<PresentationLoader> PresentationLoader::create(std::string_view manifest, std::string url,
                                                        Options options) {
  auto parsed = parse_manifest(manifest, url, options.wall_clock);
  if (!parsed) return tl::unexpected(std::move(parsed).error());
  if (const auto* dash = std::get_if<DashManifest>(&*parsed)) {
    if (!std::ranges::is_sorted(dash->periods, {}, &DashPeriod::start))
      return failure(ErrorCode::malformed, "a Period starts before the one ahead of it",
                     redacted_url(url));
    PresentationLoader loader(to_presentation(*dash));
    if (auto wanted = loader.want_pending_documents(); !wanted)
      return tl::unexpected(wanted.error());
    return loader;
  }
  auto& playlist = std::get<HlsPlaylist>(*parsed);
  if (const auto* multivariant = std::get_if<HlsMultivariantPlaylist>(&playlist.content)) {
    PresentationLoader loader(announced_presentation(*multivariant, url));
    loader.variables_ = std::move(playlist.variables);
    if (!loader.presentation_.text_renditions.empty() ||
        !loader.presentation_.image_renditions.empty())
      loader.presentation_.variables = loader.variables_;
    loader.start_offset_ = playlist.start_offset;
    if (auto wanted = loader.want_pending_documents(); !wanted)
      return tl::unexpected(wanted.error());
    return loader;
  }
  auto& media = std::get<HlsMediaPlaylist>(playlist.content);
  PresentationLoader loader(announced_presentation(media, url));
  loader.start_offset_ = playlist.start_offset;
  if (auto charged = loader.charge(media.segments.size(), url.size()); !charged)
    return tl::unexpected(charged.error());
  Document& document = loader.documents_.emplace_back();
  document.resource = *loader.at({}).pending_document;
  document.needed_by.push_back({});
  document.state = Document::State::read;
  document.playlist = HlsMediaDocument{std::move(media), std::move(url)};
  return loader;
}

std::optional<Resource> PresentationLoader::next_document() {
  const auto next = std::ranges::find(documents_, Document::State::wanted, &Document::state);
  if (next == documents_.end()) return std::nullopt;
  next->state = Document::State::asked;
  return next->resource;
}

Expected<void> PresentationLoader::supply(const Resource& document, std::string_view bytes,
                                          const std::string& final_url) {
  Document& asked = find(document);
  if (presentation_.format == ManifestFormat::dash) {
    auto index = parse_segment_index(bytes, document.range ? document.range->first : 0);
    if (!index) {
      index.error().where = redacted_url(final_url);
      return tl::unexpected(index.error());
    }
    if (auto charged = charge(index->entries.size() * asked.needed_by.size(), document.url.size());
        !charged)
      return charged;
    for (const Place& place : asked.needed_by)
      if (auto used = use_index(place, *index); !used) return used;
  } else {
    auto playlist = parse_hls_playlist(bytes, final_url, variables_);
    if (!playlist) return tl::unexpected(playlist.error());
    auto* media = std::get_if<HlsMediaPlaylist>(&playlist->content);
    if (media == nullptr)
      return failure(ErrorCode::malformed,
                     "a multivariant playlist stands where a media playlist should",
                     redacted_url(final_url));
    if (auto charged = charge(media->segments.size(), final_url.size()); !charged) return charged;
    if (!start_offset_) start_offset_ = playlist->start_offset;
    asked.playlist = HlsMediaDocument{std::move(*media), final_url};
  }
  asked.state = Document::State::read;
  return {};
}

void PresentationLoader::skip(const Resource& document) {
  find(document).state = Document::State::skipped;
}

bool PresentationLoader::complete() const {
  return std::ranges::all_of(documents_, [](const Document& document) {
    return document.state == Document::State::read || document.state == Document::State::skipped;
  });
}

Expected<Presentation> PresentationLoader::finish() && {
  RUNG_CHECK(complete());
  if (presentation_.format == ManifestFormat::hls)
    if (auto assembled = assemble_hls(); !assembled) return tl::unexpected(assembled.error());
  for (Period& period : presentation_.periods) {
    for (AdaptationSet& set : period.adaptation_sets)
      std::erase_if(set.representations, [](const Representation& representation) {
        return representation.pending_document || representation.timeline.size() == 0;
      });
    std::erase_if(period.adaptation_sets,
                  [](const AdaptationSet& set) { return set.representations.empty(); });
  }
  std::erase_if(presentation_.periods,
                [](const Period& period) { return period.adaptation_sets.empty(); });
  if (presentation_.periods.empty())
    return failure(ErrorCode::unsupported, "there is nothing to play in it",
                   redacted_url(presentation_.url));
  return std::move(presentation_);
}

Representation& PresentationLoader::at(const Place& place) {
  return presentation_.periods[place.period]
      .adaptation_sets[place.adaptation_set]
      .representations[place.representation];
}

Expected<void> PresentationLoader::want_pending_documents() {
  for (std::size_t period = 0; period < presentation_.periods.size(); ++period) {
    auto& sets = presentation_.periods[period].adaptation_sets;
    for (std::size_t set = 0; set < sets.size(); ++set)
      for (std::size_t i = 0; i < sets[set].representations.size(); ++i) {
        const Place place{period, set, i};
        const Representation& representation = at(place);
        if (!representation.pending_document) continue;
        const Resource& resource = *representation.pending_document;
        const auto known = std::ranges::find(documents_, resource, &Document::resource);
        if (known != documents_.end()) {
          known->needed_by.push_back(place);
          continue;
        }
        if (auto allowed = policy_.check(resource.url); !allowed) return allowed;
        if (documents_.size() == limits::documents)
          return failure(
              ErrorCode::limit_exceeded,
              "needs more than " + std::to_string(limits::documents) + " further documents",
              redacted_url(presentation_.url));
        Document& document = documents_.emplace_back();
        document.resource = resource;
        document.needed_by.push_back(place);
      }
  }
  return {};
}

PresentationLoader::Document& PresentationLoader::find(const Resource& resource) {
  const auto found = std::ranges::find(documents_, resource, &Document::resource);
  RUNG_CHECK(found != documents_.end() && found->state == Document::State::asked);
  return *found;
}

Expected<void> PresentationLoader::charge(std::size_t segments, std::size_t url_length) {
  // A segment is held twice for a while: as the playlist has it, and as a resource.
  const std::size_t each = sizeof(HlsSegment) + sizeof(Resource) + url_length;
  expanded_ += ByteCount(static_cast<std::int64_t>(segments * each));
  if (expanded_ > limits::presentation_size)
    return failure(ErrorCode::limit_exceeded,
                   "the segments of all documents take more than " +
                       std::to_string(limits::presentation_size.bytes()) + " bytes",
                   redacted_url(presentation_.url));
  return {};
}

Expected<void> PresentationLoader::use_index(const Place& place, const SegmentIndex& index) {
  const Period& period = presentation_.periods[place.period];
  Representation& representation = at(place);
  // The offset that falls on the period's start is written in the MPD's timescale.
  __extension__ using Wide = __int128;
  const Wide origin = Wide{representation.timeline.origin()} * index.timescale /
                      representation.timeline.timescale();
  constexpr Wide furthest = std::numeric_limits<std::int64_t>::max() / 2;
  Wide end = index.earliest_presentation_time;
  for (const auto& entry : index.entries) end += entry.duration;
  constexpr Wide longest = std::chrono::duration_cast<std::chrono::seconds>(furthest_time).count();
  if (origin > furthest || end > furthest || (end - origin) / index.timescale > longest ||
      (origin - index.earliest_presentation_time) / index.timescale > longest)
    return failure(ErrorCode::limit_exceeded, "the segments reach beyond the range of times",
                   redacted_url(representation.pending_document->url));
  ResourceList list;
  SegmentTimeline timeline(index.timescale, static_cast<std::int64_t>(origin), period.start);
  std::int64_t ticks = index.earliest_presentation_time;
  for (const auto& entry : index.entries) {
    timeline.append({ticks, entry.duration, 1});
    ticks += entry.duration;
    list.resources.push_back(
        {representation.pending_document->url, ByteRange{entry.first, entry.size}});
  }
  representation.timeline = std::move(timeline);
  representation.resources = std::move(list);
  representation.pending_document.reset();
  representation = within(representation, period.start, period.start + period.duration);
  return {};
}

const PresentationLoader::Document* PresentationLoader::playlist_of(
    const Representation& representation) const {
  const auto document =
      std::ranges::find(documents_, *representation.pending_document, &Document::resource);
  return document == documents_.end() || !document->playlist ||
                 document->playlist->playlist.iframes_only
             ? nullptr
             : &*document;
}

void PresentationLoader::place_playlists() {
  LivePlaylists live{.playlists = {}, .variables = variables_, .start_offset = start_offset_};
  for (const AdaptationSet& set : presentation_.periods.front().adaptation_sets)
    for (const Representation& representation : set.representations) {
      const Document* const document = playlist_of(representation);
      if (document == nullptr || document->playlist->playlist.segments.empty()) continue;
      LivePlaylist playlist(*document->playlist);
      if (!live.playlists.empty()) playlist.place_beside(live.playlists.front().second);
      live.playlists.emplace_back(document->resource.url, std::move(playlist));
    }
  MediaTime first = MediaTime::max();
  for (const auto& [url, playlist] : live.playlists) first = std::min(first, playlist.start());
  for (auto& [url, playlist] : live.playlists) playlist.move(MediaTime{} - first);
  live_ = std::make_shared<const LivePlaylists>(std::move(live));
}

const LivePlaylist* PresentationLoader::live_playlist(const std::string& url) const {
  const auto found =
      std::ranges::find(live_->playlists, url, &std::pair<std::string, LivePlaylist>::first);
  return found == live_->playlists.end() ? nullptr : &found->second;
}

std::vector<PlacedSegment> PresentationLoader::segments_of(const Document& document,
                                                           const AdaptationSet& set) const {
  if (!live_) return placed(*document.playlist);
  const LivePlaylist* const own = live_playlist(document.resource.url);
  if (own == nullptr) return {};
  MediaTime start = own->start();
  MediaTime end = own->end();
  for (const Representation& other : set.representations) {
    const LivePlaylist* const beside = live_playlist(other.pending_document->url);
    // One that has nothing of the others' time is left out by them.
    if (beside == nullptr || beside->end() <= start || beside->start() >= end) continue;
    start = std::max(start, beside->start());
    end = std::min(end, beside->end());
  }
  std::vector<PlacedSegment> segments = own->segments();
  std::erase_if(segments, [&](const PlacedSegment& segment) {
    const MediaTime middle = segment.start + segment.duration / 2;
    return middle < start || middle > end;
  });
  return segments;
}

Expected<void> PresentationLoader::assemble_hls() {
  // Every stretch of segments with one init segment becomes a period.
  Presentation assembled = presentation_;
  assembled.periods.clear();
  std::optional<std::size_t> stretches;
  const bool live = std::ranges::any_of(documents_, [](const Document& document) {
    return document.playlist && !document.playlist->playlist.has_end &&
           document.playlist->playlist.playlist_type != "VOD";
  });
  if (live) {
    place_playlists();
    assembled.type = PresentationType::live;
    assembled.playlists = live_;
  }
  const std::vector<AdaptationSet>& sets = presentation_.periods.front().adaptation_sets;
  for (const AdaptationSet& set : sets) {
    std::optional<std::size_t> stretches_of_set;
    for (const Representation& representation : set.representations) {
      const Document* const document = playlist_of(representation);
      if (document == nullptr) continue;
      std::vector<Representation> parts = split_by_map(representation, segments_of(*document, set));
      if (parts.empty()) continue;
      if (stretches_of_set.value_or(parts.size()) != parts.size()) continue;
      if (!stretches) {
        stretches = parts.size();
        assembled.periods.resize(parts.size());
      }
      if (parts.size() != *stretches)
        return failure(ErrorCode::unsupported,
                       "the audio's init segments do not change where the video's do",
                       redacted_url(presentation_.url));
      for (std::size_t i = 0; i < parts.size(); ++i) {
        auto& target = assembled.periods[i].adaptation_sets;
        if (!stretches_of_set) {
          AdaptationSet empty = set;
          empty.representations.clear();
          target.push_back(std::move(empty));
        }
        target.back().representations.push_back(std::move(parts[i]));
      }
      stretches_of_set = *stretches;
    }
  }
  for (Period& period : assembled.periods) {
    MediaTime start = MediaTime::max();
    MediaTime end{};
    for (AdaptationSet& set : period.adaptation_sets) {
      std::ranges::stable_sort(set.representations, {}, &Representation::bandwidth);
      for (const Representation& representation : set.representations) {
        const SegmentTimeline& timeline = representation.timeline;
        const SegmentNumber last = timeline.size() - 1;
        start = std::min(start, timeline.start(0));
        end = std::max(end, timeline.start(last) + timeline.duration(last));
      }
    }
    period.start = start;
    period.duration = end - start;
    assembled.duration = end.time_since_epoch();
  }
  presentation_ = std::move(assembled);
  return {};
}

}  // namespace rung::media
