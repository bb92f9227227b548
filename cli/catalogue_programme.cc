#include "cli/catalogue_programme.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rung::cli {
namespace {

using event_log::EventKind;

/// Titles that are weighed as the next one.
constexpr std::size_t weighed = 8;
/// Of the card.
constexpr player::ArtworkLoader::Box artwork_box{320, 180};

}  // namespace

std::string detail_of(const recommend::CatalogueTitle& title) {
  if (!title.series.empty()) {
    if (title.season > 0)
      return fmt::format("{}  {}.{}", title.series, title.season, title.episode);
    return title.episode > 0 ? fmt::format("{}  {}", title.series, title.episode) : title.series;
  }
  std::string genres;
  for (const std::string& genre : title.genres) genres += (genres.empty() ? "" : ", ") + genre;
  return genres;
}

ViewerHistory history_of(const recommend::Catalogue& catalogue,
                         const std::vector<event_log::Event>& events) {
  ViewerHistory history;
  std::optional<std::size_t> expected;  ///< What follows in the series whose title ended.
  for (const event_log::Event& event : events) {
    if (event.kind == EventKind::exit) {
      const auto ended = catalogue.find(event.title);
      if (ended && (event.reason == "ended" || event.reason == "next"))
        expected = catalogue.next_in_series(*ended);
    }
    if (event.kind != EventKind::play) continue;
    const auto title = catalogue.find(event.title);
    if (expected) ++(title == expected ? history.habit.went_on : history.habit.went_elsewhere);
    expected.reset();
    if (title && (history.played.empty() || history.played.back() != *title))
      history.played.push_back(*title);
  }
  return history;
}

CatalogueProgramme::CatalogueProgramme(const recommend::Catalogue& catalogue,
                                       const recommend::Recommender* model, ViewingLog& log,
                                       const Options& options)
    : catalogue_(catalogue),
      model_(model),
      log_(log),
      options_(options),
      artwork_(options.http, artwork_box) {
  ViewerHistory history = history_of(catalogue, log.events());
  history_ = std::move(history.played);
  habit_ = history.habit;
}

Expected<void> CatalogueProgramme::begin(const std::string& id) {
  if (id.empty()) {
    const auto next = likely(1);
    begin_with(next.empty() ? catalogue_.by_popularity().front() : next.front().title);
    return {};
  }
  const auto found = catalogue_.find(id);
  if (!found)
    return failure(ErrorCode::invalid_argument,
                   "the catalogue has no title of this identifier; `rung catalogue FEED` lists "
                   "some",
                   id);
  begin_with(*found);
  return {};
}

void CatalogueProgramme::begin_with(std::size_t title) {
  visited_ = {title};
  place_ = 0;
  played_ = 0;
  refused_ = false;
}

std::string CatalogueProgramme::url() const {
  return catalogue_.titles()[visited_[place_]].manifest;
}

std::vector<recommend::LikelyTitle> CatalogueProgramme::likely(std::size_t count) const {
  return next_titles(catalogue_, model_, history_, habit_, count);
}

void CatalogueProgramme::prepare(player::PlayerOptions& options) {
  const std::size_t title = visited_[place_];
  if (history_.empty() || history_.back() != title) history_.push_back(title);
  ++played_;
  options.titles_before = static_cast<int>(place_);
  options.next.clear();
  options.up_next.reset();
  next_.reset();
  refused_ = false;
  if (played_ == options_.titles) {
    options.titles_behind = 0;
    return;
  }
  const auto add = [&](std::size_t which, double probability) {
    const recommend::CatalogueTitle& one = catalogue_.titles()[which];
    options.next.push_back({.url = one.manifest,
                            .probability = probability,
                            .distance = static_cast<int>(options.next.size()) + 1,
                            .name = one.name});
  };
  if (place_ + 1 < visited_.size()) next_ = visited_[place_ + 1];  // They went back.
  for (const recommend::LikelyTitle& one : likely(weighed)) {
    if (!next_) next_ = one.title;
    add(one.title, one.probability);
  }
  options.titles_behind = next_ ? 1 : 0;
  if (!next_ || !options_.autoplay) return;
  const recommend::CatalogueTitle& next = catalogue_.titles()[*next_];
  options.up_next = player::UpNext{
      .title = next.name,
      .detail = detail_of(next),
      .artwork = [this, url = next.artwork] { return artwork_.picture(url); },
      .seen =
          [this, id = next.id] {
            log_.shown({{.title = id, .row = "up-next", .place = 0, .propensity = 1}});
          }};
}

void CatalogueProgramme::begun(player::Player& player) {
  log_.begin(catalogue_.titles()[visited_[place_]].id, player);
}

void CatalogueProgramme::over(const player::PlayerReport& report) {
  refused_ = report.next_refused;
  const bool ended = report.session.end == session::EndReason::played_out;
  log_.end(report, report.failure         ? "failed"
                   : report.titles_on > 0 ? "next"
                   : ended                ? "ended"
                                          : "left");
  if (refused_ && next_) log_.tell(EventKind::skip, catalogue_.titles()[*next_].id);
}

bool CatalogueProgramme::go(int titles, bool chosen) {
  if (!chosen && (!options_.autoplay || refused_)) return false;
  if (titles < 0) {
    if (place_ == 0) return false;
    --place_;
    return true;
  }
  if (!next_) return false;
  const std::size_t to = *next_;
  if (place_ + 1 < visited_.size() && visited_[place_ + 1] != to) visited_.resize(place_ + 1);
  if (place_ + 1 == visited_.size()) visited_.push_back(to);
  ++place_;
  // What the viewer did in this series counts from now on.
  if (const auto follower = catalogue_.next_in_series(visited_[place_ - 1]))
    ++(*follower == to ? habit_.went_on : habit_.went_elsewhere);
  return true;
}

}  // namespace rung::cli
