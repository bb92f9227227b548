#include "player/url_places.h"

#include <algorithm>
#include <functional>

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
    for (const std::string& url : places) set.places.push_back({url, folder_of(url)});
    if (set.places.size() > 1) sets_.push_back(std::move(set));
  }
  std::ranges::stable_sort(sets_, std::ranges::greater(),
                           [](const Set& set) { return set.places.front().url.size(); });
}

const UrlPlaces::Set* UrlPlaces::find(const std::string& url) const {
  for (const Set& set : sets_)
    if (url == set.places.front().url || url.starts_with(set.places.front().folder)) return &set;
  return nullptr;
}

std::string UrlPlaces::now(const std::string& url) const {
  const Set* const set = find(url);
  if (set == nullptr) return url;
  const Place& first = set->places.front();
  const Place& used = set->places[set->used];
  return url == first.url ? used.url : used.folder + url.substr(first.folder.size());
}

std::size_t UrlPlaces::count(const std::string& url) const {
  const Set* const set = find(url);
  return set == nullptr ? 1 : set->places.size();
}

void UrlPlaces::failed(const std::string& url) {
  for (Set& set : sets_) {
    const Place& used = set.places[set.used];
    if (url != used.url && !url.starts_with(used.folder)) continue;
    set.used = (set.used + 1) % set.places.size();
    return;
  }
}

}  // namespace rung::player
