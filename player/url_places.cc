#include "player/url_places.h"

#include <algorithm>
#include <functional>
#include <utility>

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

}  // namespace

UrlPlaces::UrlPlaces(const std::vector<media::Places>& sets) {
  for (const media::Places& places : sets) {
    Set set;
    for (const std::string& url : places) {
      set.order.push_back(set.places.size());
      set.places.push_back({.url = url, .folder = folder_of(url)});
    }
    if (set.places.size() > 1) sets_.push_back(std::move(set));
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

std::optional<UrlPlaces::Found> UrlPlaces::find(const std::string& url) const {
  for (const Set& set : sets_)
    for (const Place& place : set.places)
      if (url == place.url || url.starts_with(place.folder)) return Found{&set, &place};
  return std::nullopt;
}

std::string UrlPlaces::now(const std::string& url) const {
  const auto found = find(url);
  if (!found) return url;
  const Place& used = found->set->now();
  return url == found->place->url ? used.url
                                  : used.folder + url.substr(found->place->folder.size());
}

std::size_t UrlPlaces::count(const std::string& url) const {
  const auto found = find(url);
  return found ? found->set->places.size() : 1;
}

void UrlPlaces::failed(const std::string& url) {
  for (Set& set : sets_) {
    Place& used = set.places[set.order[set.used]];
    if (url != used.url && !url.starts_with(used.folder)) continue;
    used.avoided = 2;
    set.used = (set.used + 1) % set.places.size();
    return;
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
  for (const Set& set : sets_)
    if (const std::string& name = set.now().pathway; !name.empty()) return name;
  return {};
}

}  // namespace rung::player
