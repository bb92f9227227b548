#include "media/hls_pathways.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "media/url.h"

namespace rung::media {
namespace {

/// Places of one playlist; further ones are passed over.
constexpr std::size_t most_places = 8;
/// Variants of other pathways that are looked at as one that is the same.
constexpr std::size_t most_counterparts = 16;

/// What is the same of a variant wherever it is.
using VariantKey =
    std::tuple<std::int64_t, std::optional<std::int64_t>, std::string_view, int, int, double>;
VariantKey key_of(const HlsVariant& variant) {
  return {variant.bandwidth, variant.average_bandwidth, variant.codecs, variant.width,
          variant.height,    variant.frame_rate};
}

/// What is the same of a rendition wherever it is, in one group.
using RenditionKey = std::tuple<std::string_view, std::string_view, std::string_view,
                                std::string_view, bool, bool, bool>;
RenditionKey key_of(const HlsRendition& rendition) {
  return {rendition.type,       rendition.name,       rendition.language, rendition.channels,
          rendition.is_default, rendition.autoselect, rendition.forced};
}

std::set<std::string_view> groups_of(const std::vector<HlsVariant>& variants) {
  std::set<std::string_view> groups;
  for (const HlsVariant& variant : variants)
    groups.insert({variant.audio, variant.video, variant.subtitles});
  return groups;
}

/// Collects where each playlist of the first pathway lies.
class PlaceCollector {
 public:
  PlaceCollector(HlsPathways& result, const std::string& url, std::string first)
      : result_(result), url_(url), first_(std::move(first)) {}

  void add_own(const std::string& uri, StableId::Kind kind, const std::string& stable_id) {
    const std::string own = resolve_url(url_, uri);
    Places& known = places_[own];
    if (!known.empty()) return;
    known.push_back(own);
    result_.names.emplace(own, first_);
    if (!stable_id.empty()) result_.stable_ids.emplace(own, StableId{kind, stable_id});
  }
  void add_other(const std::string& uri, const std::string& other, const std::string& pathway) {
    Places& known = places_[resolve_url(url_, uri)];
    const std::string elsewhere = resolve_url(url_, other);
    if (known.size() == most_places || std::ranges::find(known, elsewhere) != known.end()) return;
    known.push_back(elsewhere);
    result_.names.emplace(elsewhere, pathway);
  }
  void finish() {
    for (auto& [own, known] : places_) result_.places.push_back(std::move(known));
  }

 private:
  HlsPathways& result_;
  const std::string& url_;
  const std::string first_;
  std::map<std::string, Places> places_;  ///< By the first one.
};

}  // namespace

HlsPathways pathways_of(const HlsMultivariantPlaylist& all, const std::string& url) {
  HlsPathways result{.first = all, .places = {}, .names = {}, .stable_ids = {}};
  if (all.variants.empty()) return result;
  std::string first = all.variants.front().pathway;
  if (all.steering && !all.steering->first.empty() &&
      std::ranges::find(all.variants, all.steering->first.front(), &HlsVariant::pathway) !=
          all.variants.end())
    first = all.steering->first.front();
  const auto is_other = [&](const HlsVariant& variant) { return variant.pathway != first; };
  // Of one that a server steers there may come to be clones.
  if (!all.steering && std::ranges::none_of(all.variants, is_other)) return result;

  HlsMultivariantPlaylist& kept = result.first;
  std::erase_if(kept.variants, is_other);
  const auto used = groups_of(all.variants);
  const auto still_used = groups_of(kept.variants);
  std::erase_if(kept.renditions, [&](const HlsRendition& rendition) {
    return used.contains(rendition.group_id) && !still_used.contains(rendition.group_id);
  });

  std::map<VariantKey, std::vector<const HlsVariant*>> counterparts;
  for (const HlsVariant& variant : all.variants)
    if (is_other(variant))
      if (auto& same = counterparts[key_of(variant)]; same.size() < most_counterparts)
        same.push_back(&variant);
  std::map<std::string_view, std::vector<const HlsRendition*>> own_sound;
  std::map<std::pair<std::string_view, RenditionKey>, std::vector<const HlsRendition*>> sound;
  for (const HlsRendition& rendition : kept.renditions)
    if (rendition.type == "AUDIO" && !rendition.uri.empty())
      own_sound[rendition.group_id].push_back(&rendition);
  for (const HlsRendition& rendition : all.renditions)
    if (rendition.type == "AUDIO" && !rendition.uri.empty())
      if (auto& same = sound[{rendition.group_id, key_of(rendition)}]; same.size() < most_places)
        same.push_back(&rendition);

  PlaceCollector places(result, url, first);
  for (const HlsVariant& variant : kept.variants)
    places.add_own(variant.uri, StableId::Kind::variant, variant.stable_id);
  for (const HlsRendition& rendition : kept.renditions)
    if (!rendition.uri.empty())
      places.add_own(rendition.uri, StableId::Kind::rendition, rendition.stable_id);
  std::map<std::string_view, std::set<std::string_view>> seen;  ///< Groups of others by our own.
  for (const HlsVariant& variant : kept.variants) {
    const auto same = counterparts.find(key_of(variant));
    if (same == counterparts.end()) continue;
    for (const HlsVariant* const other : same->second) {
      places.add_other(variant.uri, other->uri, other->pathway);
      auto& groups = seen[variant.audio];
      if (other->audio == variant.audio || groups.size() == most_counterparts ||
          !groups.insert(other->audio).second)
        continue;
      for (const HlsRendition* const rendition : own_sound[variant.audio])
        if (const auto there = sound.find({other->audio, key_of(*rendition)}); there != sound.end())
          for (const HlsRendition* const one : there->second)
            places.add_other(rendition->uri, one->uri, other->pathway);
    }
  }
  places.finish();
  return result;
}

}  // namespace rung::media
