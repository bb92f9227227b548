#include "recommend/catalogue.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>
#include <utility>

#include "core/catalogue_limits.h"
#include "media/iso8601.h"
#include "media/url.h"
#include "media/url_policy.h"

namespace rung::recommend {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 4> kind_names{"film", "episode", "track", "podcast"};
/// Counts and sizes, so that sums of a million of them still fit.
constexpr std::int64_t most_of_anything = 1'000'000'000'000;
constexpr int most_episodes = 1'000'000;
constexpr double longest_title = 7.0 * 24 * 3600;

/// Reads the title objects of a feed one after the other, so that no more than one of them is held
/// as JSON.
class FeedReader {
 public:
  FeedReader(std::string name, std::vector<CatalogueTitle>& titles)
      : name_(std::move(name)), titles_(titles) {}

  /// A callback of the parser; false lets go of the value.
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (error_) return false;
    if (depth > limits::catalogue_depth) return refuse(ErrorCode::limit_exceeded, "nests deeply");
    if (event == Json::parse_event_t::key && depth == 1)
      in_titles_ = parsed.get_ref<const std::string&>() == "titles";
    if (event == Json::parse_event_t::object_end && depth == 2 && in_titles_) {
      read_title(parsed);
      return false;
    }
    if (event == Json::parse_event_t::value && depth == 2 && in_titles_)
      return refuse(ErrorCode::malformed, "is no object", place());
    return true;
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  [[nodiscard]] std::string place() const {
    return name_ + " title " + std::to_string(titles_.size() + 1);
  }

  bool refuse(ErrorCode code, std::string message, std::string where = {}) {
    if (!error_) error_ = Error{code, std::move(message), where.empty() ? name_ : std::move(where)};
    return false;
  }

  bool refuse_member(ErrorCode code, const char* member, const std::string& message) {
    return refuse(code, std::string("\"") + member + "\" " + message, place());
  }

  void read_title(const Json& json) {
    if (titles_.size() >= limits::catalogue_titles) {
      refuse(ErrorCode::limit_exceeded, "has more than a million titles");
      return;
    }
    CatalogueTitle title;
    read(json, "id", limits::catalogue_name_length, title.id);
    read(json, "name", limits::catalogue_name_length, title.name);
    read(json, "manifest", limits::catalogue_text_length, title.manifest);
    for (const auto& [member, text] :
         {std::pair{"id", &title.id}, {"name", &title.name}, {"manifest", &title.manifest}})
      if (text->empty()) refuse_member(ErrorCode::malformed, member, "is missing or empty");
    read(json, "text", limits::catalogue_text_length, title.text);
    read(json, "series", limits::catalogue_name_length, title.series);
    read(json, "artwork", limits::catalogue_text_length, title.artwork);
    read(json, "genres", title.genres);
    read(json, "people", title.people);
    title.season = static_cast<int>(number(json, "season", most_episodes).value_or(0));
    title.episode = static_cast<int>(number(json, "episode", most_episodes).value_or(0));
    title.plays = number(json, "plays", most_of_anything).value_or(0);
    if (const auto size = number(json, "manifest_bytes", most_of_anything))
      title.manifest_size = ByteCount(*size);
    if (const auto size = number(json, "head_bytes", most_of_anything))
      title.head_size = ByteCount(*size);
    read_kind(json, title);
    read_times(json, title);
    if (!error_) titles_.push_back(std::move(title));
  }

  void read_kind(const Json& json, CatalogueTitle& title) {
    std::string kind;
    read(json, "kind", limits::catalogue_name_length, kind);
    if (kind.empty()) return;
    const auto* const found = std::ranges::find(kind_names, kind);
    if (found == kind_names.end())
      refuse_member(ErrorCode::malformed, "kind", "is none of film, episode, track and podcast");
    else
      title.kind = static_cast<TitleKind>(found - kind_names.begin());
  }

  void read_times(const Json& json, CatalogueTitle& title) {
    if (const auto seconds = json.find("seconds"); seconds != json.end()) {
      const double value = seconds->is_number() ? seconds->get<double>() : -1;
      if (value > 0 && value <= longest_title)
        title.length = from_seconds(value);
      else
        refuse_member(ErrorCode::malformed, "seconds", "is no number from 0 to a week");
    }
    std::string added;
    read(json, "added", limits::catalogue_name_length, added);
    if (added.empty()) return;
    const auto time = media::parse_iso8601_instant(
        added.find('T') == std::string::npos ? added + "T00:00:00Z" : added);
    if (time)
      title.added = std::chrono::duration_cast<std::chrono::seconds>(*time).count();
    else
      refuse_member(ErrorCode::malformed, "added", "is no date such as 2026-01-31");
  }

  void read(const Json& json, const char* member, std::size_t longest, std::string& text) {
    const auto found = json.find(member);
    if (found == json.end() || found->is_null()) return;
    if (!found->is_string()) {
      refuse_member(ErrorCode::malformed, member, "is no text");
      return;
    }
    const auto& value = found->get_ref<const std::string&>();
    if (value.size() > longest)
      refuse_member(ErrorCode::limit_exceeded, member,
                    "is longer than " + std::to_string(longest) + " bytes");
    else
      text = value;
  }

  void read(const Json& json, const char* member, std::vector<std::string>& names) {
    const auto found = json.find(member);
    if (found == json.end() || found->is_null()) return;
    if (!found->is_array()) {
      refuse_member(ErrorCode::malformed, member, "is no list of texts");
      return;
    }
    if (found->size() > limits::catalogue_names) {
      refuse_member(ErrorCode::limit_exceeded, member, "has more than 64 names");
      return;
    }
    for (const Json& name : *found) {
      if (!name.is_string()) {
        refuse_member(ErrorCode::malformed, member, "is no list of texts");
        return;
      }
      const auto& value = name.get_ref<const std::string&>();
      if (value.size() > limits::catalogue_name_length)
        refuse_member(ErrorCode::limit_exceeded, member, "has a name of more than 512 bytes");
      else
        names.push_back(value);
    }
  }

  std::optional<std::int64_t> number(const Json& json, const char* member, std::int64_t most) {
    const auto found = json.find(member);
    if (found == json.end() || found->is_null()) return std::nullopt;
    if (!found->is_number_unsigned() ||
        found->get<std::uint64_t>() > static_cast<std::uint64_t>(most)) {
      refuse_member(ErrorCode::malformed, member,
                    "is no whole number from 0 to " + std::to_string(most));
      return std::nullopt;
    }
    return found->get<std::int64_t>();
  }

  std::string name_;
  std::vector<CatalogueTitle>& titles_;
  std::optional<Error> error_;
  bool in_titles_ = false;
};

std::string text_member(const Json& json, const char* member) {
  const auto found = json.find(member);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// `reference` of the title `id` as an absolute URL that the feed may lead to.
Expected<std::string> resolved(const std::string& base, const std::string& reference,
                               const std::string& where) {
  std::string url = media::resolve_url(base, reference);
  if (!media::parse_url(url).is_http())
    return failure(ErrorCode::malformed,
                   "\"" + media::redacted_url(reference) +
                       "\" leads to no http or https URL; a feed that is read from a file needs a "
                       "\"base_url\" for relative ones",
                   where);
  if (const auto allowed = media::UrlPolicy(base).check(url); !allowed)
    return failure(ErrorCode::refused, allowed.error().message, where);
  return url;
}

}  // namespace

std::string_view to_string(TitleKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

Expected<Catalogue> Catalogue::parse(std::string_view feed, const std::string& base) {
  Catalogue catalogue;
  const std::string name = media::redacted_url(base);
  FeedReader reader(name, catalogue.titles_);
  Json root;
  try {
    root = Json::parse(feed.begin(), feed.end(), std::ref(reader));
  } catch (const Json::parse_error& error) {
    const std::size_t end = std::min(error.byte, feed.size());
    const auto line =
        std::count(feed.begin(), feed.begin() + static_cast<std::ptrdiff_t>(end), '\n');
    return failure(ErrorCode::malformed, "is not well-formed JSON",
                   name + " line " + std::to_string(line + 1));
  } catch (const Json::exception&) {
    return failure(ErrorCode::malformed, "holds a number that is out of range", name);
  }
  if (reader.error()) return tl::unexpected(*reader.error());
  if (!root.is_object() || !root.contains("rung_catalogue") || root["rung_catalogue"] != 1)
    return failure(ErrorCode::malformed, "is no catalogue: \"rung_catalogue\": 1 is missing", name);
  if (!root.contains("titles") || !root["titles"].is_array() || catalogue.titles_.empty())
    return failure(ErrorCode::malformed, "has no titles", name);
  catalogue.name_ = text_member(root, "name").substr(0, limits::catalogue_name_length);
  const std::string own_base = text_member(root, "base_url");
  const std::string from = own_base.empty() ? base : media::resolve_url(base, own_base);
  for (CatalogueTitle& title : catalogue.titles_) {
    for (std::string* reference : {&title.manifest, &title.artwork}) {
      if (reference->empty()) continue;
      auto url = resolved(from, *reference, name + " title \"" + title.id + "\"");
      if (!url) return tl::unexpected(url.error());
      *reference = *std::move(url);
    }
  }
  if (auto ordered = catalogue.order(name); !ordered) return tl::unexpected(ordered.error());
  return catalogue;
}

Expected<void> Catalogue::order(const std::string& name) {
  by_id_.resize(titles_.size());
  std::iota(by_id_.begin(), by_id_.end(), std::size_t{0});
  by_popularity_ = by_id_;
  const auto id = [this](std::size_t title) -> const std::string& { return titles_[title].id; };
  std::ranges::sort(by_id_, {}, id);
  if (const auto twice = std::ranges::adjacent_find(by_id_, {}, id); twice != by_id_.end())
    return failure(ErrorCode::malformed, "the identifier is given twice",
                   name + " title \"" + id(*twice) + "\"");
  std::ranges::stable_sort(by_popularity_, std::greater<>(),
                           [this](std::size_t title) { return titles_[title].plays; });
  follower_.assign(titles_.size(), titles_.size());
  std::vector<std::size_t> in_series;
  for (std::size_t title = 0; title < titles_.size(); ++title)
    if (!titles_[title].series.empty()) in_series.push_back(title);
  const auto place = [this](std::size_t title) {
    const CatalogueTitle& one = titles_[title];
    return std::tie(one.series, one.season, one.episode);
  };
  std::ranges::stable_sort(in_series, {}, place);
  for (std::size_t i = 1; i < in_series.size(); ++i)
    if (titles_[in_series[i - 1]].series == titles_[in_series[i]].series)
      follower_[in_series[i - 1]] = in_series[i];
  return {};
}

std::optional<std::size_t> Catalogue::find(std::string_view id) const {
  const auto found = std::ranges::lower_bound(
      by_id_, id, {}, [this](std::size_t title) { return std::string_view(titles_[title].id); });
  if (found == by_id_.end() || titles_[*found].id != id) return std::nullopt;
  return *found;
}

std::optional<std::size_t> Catalogue::next_in_series(std::size_t title) const {
  if (follower_[title] == titles_.size()) return std::nullopt;
  return follower_[title];
}

}  // namespace rung::recommend
