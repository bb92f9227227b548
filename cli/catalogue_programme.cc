#include "cli/catalogue_programme.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/check.h"
#include "recommend/event_log/viewing_record.h"

namespace rung::cli {
namespace {

using event_log::EventKind;
using event_log::no_longer;

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

std::string tell_sign(ViewingLog& log, const recommend::Catalogue& catalogue, std::size_t title,
                      player::TitleSign sign) {
  if (const auto why = log.refusal(); !why.empty()) return fmt::format("not kept: {}", why);
  const std::string& id = catalogue.titles()[title].id;
  switch (sign) {
    case player::TitleSign::like:
      log.tell(EventKind::like, id);
      return "liked";
    case player::TitleSign::not_for_me:
      log.tell(EventKind::skip, id);
      return "less of this";
    case player::TitleSign::save: {
      const bool saved =
          std::ranges::count(signs_of(catalogue, log.events(), now_ms()).saved, title) > 0;
      log.tell(EventKind::save, id, saved ? std::string(no_longer) : std::string());
      return saved ? "no longer in your list" : "in your list";
    }
  }
  RUNG_CHECK(false);
}

CatalogueProgramme::CatalogueProgramme(const recommend::Catalogue& catalogue,
                                       const recommend::Recommender* model, ViewingLog& log,
                                       const Options& options)
    : catalogue_(catalogue),
      model_(model),
      log_(log),
      options_(options),
      artwork_(options.http, artwork_box) {
  learn();
}

void CatalogueProgramme::learn() {
  // Asked first: what is read in between is learned the next time.
  has_read_ = log_.refusal().empty();
  const auto events = log_.events();
  ViewerHistory history = history_of(catalogue_, events);
  history_ = std::move(history.played);
  habit_ = history.habit;
  signs_ = std::move(history.signs);
  std::vector<recommend::Stay> stays;
  for (const event_log::Viewing& viewing : event_log::viewings(events))
    if (const auto title = catalogue_.find(viewing.title))
      stays.push_back({*title, viewing.from, viewing.to, viewing.left});
  own_times_ = recommend::WatchTimes::fit(stays, catalogue_.titles().size());
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

prefetch::LeavesWithin CatalogueProgramme::leaves(std::size_t title) const {
  const auto of = [](const recommend::WatchTimes& times, std::size_t which) {
    return [&times, which](Duration position, Duration within) {
      return times.leave_within(which, position, within);
    };
  };
  if (model_ != nullptr && model_->watch_times().known())
    if (const auto known = model_->find(catalogue_.titles()[title].id))
      return of(model_->watch_times(), *known);
  if (own_times_.known()) return of(own_times_, title);
  return {};
}

std::vector<recommend::LikelyTitle> CatalogueProgramme::likely(std::size_t count) const {
  return next_titles(catalogue_, model_, history_, habit_, count, signs_,
                     {.hour = local_hour(), .device = log_.device()});
}

void CatalogueProgramme::prepare(player::PlayerOptions& options) {
  const std::size_t title = visited_[place_];
  if (!has_read_ && log_.refusal().empty()) learn();
  if (history_.empty() || history_.back() != title) history_.push_back(title);
  ++played_;
  signs_ = signs_of(catalogue_, log_.events(), now_ms());
  options.sign = [this, title](player::TitleSign sign) {
    return tell_sign(log_, catalogue_, title, sign);
  };
  options.leaves = leaves(title);
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
                            .name = one.name,
                            .leaves = leaves(which)});
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
  if (refused_ && next_)
    log_.tell(EventKind::skip, catalogue_.titles()[*next_].id, std::string(event_log::passed_over));
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
