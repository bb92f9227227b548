#include "player/url_places.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "core/limits.h"
#include "media/url.h"

namespace rung::player {
namespace {

/// RFC 3986 section 5.2.3.
std::string folder_of(const std::string& url) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  const std::size_t authority = path.find("://");
  const std::size_t slash = path.rfind('/');
  const bool in_path =
      slash != std::string::npos && (authority == std::string::npos || slash > authority + 2);
  return in_path ? path.substr(0, slash + 1) : path + '/';
}

std::string with_parameters(std::string url, const std::vector<std::string>& parameters) {
  for (const std::string& parameter : parameters)
    url = media::with_parameter(std::move(url), parameter);
  return url;
}

std::string at_host(const std::string& url, const std::string& host) {
  if (host.empty()) return url;
  media::Url parts = media::parse_url(url);
  parts.authority = host;
  return media::to_string(parts);
}

/// The URI that stands for what is called `id` in its place; null where there is none.
const std::string* stated(const media::PathwayClone& clone, const media::StableId& id) {
  const auto& uris = id.kind == media::StableId::Kind::variant ? clone.variants : clone.renditions;
  const auto found = uris.find(id.id);
  return found == uris.end() ? nullptr : &found->second;
}

/// Of one resource, the ones that clones added.
constexpr std::size_t most_places = 16;

}  // namespace

UrlPlaces::UrlPlaces(const std::vector<media::Places>& sets) {
  for (const media::Places& places : sets) {
    Set set;
    for (const std::string& url : places) {
      set.order.push_back(set.places.size());
      set.places.push_back({.url = url, .folder = folder_of(url)});
    }
    if (!set.places.empty()) sets_.push_back(std::move(set));
  }
  std::ranges::stable_sort(sets_, std::ranges::greater(),
                           [](const Set& set) { return set.places.front().url.size(); });
}

void UrlPlaces::name(const std::map<std::string, std::string>& pathways) {
  for (Set& set : sets_)
    for (Place& place : set.places)
      if (const auto named = pathways.find(place.url); named != pathways.end())
        place.pathway = named->second;
}

void UrlPlaces::clone(const media::PathwayClone& clone, media::ManifestFormat format,
                      const std::map<std::string, media::StableId>& stable_ids) {
  for (Set& set : sets_) {
    const auto base = std::ranges::find(set.places, clone.base, &Place::pathway);
    if (base == set.places.end() || set.places.size() >= most_places ||
        std::ranges::find(set.places, clone.id, &Place::pathway) != set.places.end())
      continue;
    std::string url = at_host(base->url, clone.host);
    if (const auto id = stable_ids.find(set.places.front().url); id != stable_ids.end())
      if (const std::string* const own = stated(clone, id->second))
        url = media::resolve_url(base->url, *own);
    const bool own_parameters = format == media::ManifestFormat::hls;
    if (own_parameters) url = with_parameters(std::move(url), clone.parameters);
    if (url.size() > limits::url_length) continue;
    Place place{.url = url, .folder = folder_of(url), .pathway = clone.id};
    if (!own_parameters) place.parameters = clone.parameters;
    set.order.push_back(set.places.size());
    set.places.push_back(std::move(place));
  }
}

const UrlPlaces::Place* UrlPlaces::Set::holding(const std::string& url) const {
  for (const Place& place : places)
    if (url == place.url || url.starts_with(place.folder)) return &place;
  return nullptr;
}

std::optional<UrlPlaces::Found> UrlPlaces::find(const std::string& url,
                                                const std::string& listed_in) const {
  const std::string& known = listed_in.empty() ? url : listed_in;
  std::optional<Found> only;
  for (const Set& set : sets_) {
    const Place* const place = set.holding(url);
    if (place == nullptr) continue;
    if (set.places.front().url == known) return Found{&set, place};
    if (!only || (only->set->places.size() == 1 && set.places.size() > 1)) only = {&set, place};
  }
  return only;
}

std::string UrlPlaces::now(const std::string& url, const std::string& listed_in) const {
  const auto found = find(url, listed_in);
  if (!found) return url;
  const Place& used = found->set->now();
  return with_parameters(
      url == found->place->url ? used.url : used.folder + url.substr(found->place->folder.size()),
      used.parameters);
}

std::size_t UrlPlaces::count(const std::string& url, const std::string& listed_in) const {
  const auto found = find(url, listed_in);
  return found ? found->set->places.size() : 1;
}

void UrlPlaces::failed(const std::string& url, const std::string& listed_in) {
  const auto lists = [&](const Set& set) { return set.places.front().url == listed_in; };
  const bool is_listed = std::ranges::any_of(
      sets_, [&](const Set& set) { return lists(set) && set.holding(url) != nullptr; });
  for (Set& set : sets_) {
    if (is_listed && !lists(set)) continue;
    Place& used = set.places[set.order[set.used]];
    if (url != used.url && !url.starts_with(used.folder)) continue;
    used.avoided = 2;
    set.used = (set.used + 1) % set.places.size();
    if (set.places.size() > 1) return;
  }
}

void UrlPlaces::steer(const std::vector<std::string>& priority) {
  for (Set& set : sets_) {
    const auto rank = [&](std::size_t index) {
      const Place& place = set.places[index];
      const auto found = std::ranges::find(priority, place.pathway);
      return std::pair(place.avoided > 0, found - priority.begin());
    };
    std::ranges::stable_sort(set.order, {}, rank);
    set.used = 0;
    for (Place& place : set.places) place.avoided = std::max(place.avoided - 1, 0);
  }
}

std::string UrlPlaces::pathway() const {
  std::string only;
  for (const Set& set : sets_) {
    const std::string& name = set.now().pathway;
    if (!name.empty() && set.places.size() > 1) return name;
    if (only.empty()) only = name;
  }
  return only;
}

}  // namespace rung::player
