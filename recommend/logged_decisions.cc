#include "recommend/logged_decisions.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <map>
#include <optional>
#include <unordered_map>

#include "core/catalogue_limits.h"
#include "core/check.h"
#include "core/limits.h"
#include "recommend/csv_table.h"

namespace rung::recommend {
namespace {

/// Probabilities are written with few digits.
constexpr double rounded = 0.01;
/// Of rewards: what is beyond is a mistake.
constexpr double largest_reward = 1e9;

using Column = std::optional<std::size_t>;

/// The columns that logs and policies have alike.
struct PlaceColumns {
  explicit PlaceColumns(const CsvTable& table)
      : title(table.column({"title", "item", "item_id"})),
        context(table.column({"context"})),
        row(table.column({"row"})),
        place(table.column({"place", "position"})) {}

  Column title;
  Column context;
  Column row;
  Column place;
};

std::size_t behind(std::initializer_list<Column> columns) {
  std::size_t needed = 0;
  for (const Column& column : columns)
    if (column) needed = std::max(needed, *column + 1);
  return needed;
}

std::string text_at(const CsvTable& table, const Column& column) {
  return column ? std::string(table[*column]) : std::string();
}

/// The parts of a place that the columns tell.
DecisionPlace told_by(const PlaceColumns& columns, const DecisionPlace& place) {
  return {.context = columns.context ? place.context : std::string(),
          .row = columns.row ? place.row : std::string(),
          .place = columns.place ? place.place : std::string()};
}

std::string words_of(const DecisionPlace& place) {
  std::string words;
  const auto add = [&](const char* what, const std::string& name) {
    if (!name.empty())
      words += (words.empty() ? "" : ", ") + std::string(what) + " \"" + name + '"';
  };
  add("context", place.context);
  add("row", place.row);
  add("place", place.place);
  return words.empty() ? "the only place" : words;
}

/// By decision: the numbers of its viewer and its slate, where the log has them.
struct Groups {
  std::vector<std::uint32_t> viewers;
  std::vector<std::uint32_t> slates;
};

/// Leaves out places at which nothing was left to chance.
void leave_out_certain(LoggedDecisions& log, Groups& groups) {
  std::vector<bool> drawn(log.places.size(), false);
  for (const LoggedDecision& decision : log.decisions)
    if (decision.propensity < 1) drawn[decision.place] = true;
  std::size_t kept = 0;
  const auto keep = [&kept](auto& list, std::size_t at) {
    if (!list.empty()) list[kept] = list[at];
  };
  for (std::size_t at = 0; at < log.decisions.size(); ++at) {
    if (!drawn[log.decisions[at].place]) continue;
    keep(log.decisions, at);
    keep(log.usual, at);
    keep(groups.viewers, at);
    keep(groups.slates, at);
    ++kept;
  }
  log.certain = log.decisions.size() - kept;
  log.decisions.resize(kept);
  for (auto* const list : {&log.usual, &groups.viewers, &groups.slates})
    if (!list->empty()) list->resize(kept);
}

/// Clusters are numbered without gaps.
void number_clusters(LoggedDecisions& log, const Groups& groups) {
  const auto number = [&log](auto name_of) {
    std::unordered_map<std::uint32_t, std::uint32_t> numbers;
    for (std::size_t at = 0; at < log.decisions.size(); ++at)
      log.decisions[at].cluster =
          numbers.try_emplace(name_of(at), static_cast<std::uint32_t>(numbers.size()))
              .first->second;
    log.clusters = numbers.size();
  };
  if (!groups.viewers.empty()) {
    log.cluster_kind = ClusterKind::viewer;
    number([&](std::size_t at) { return groups.viewers[at]; });
    if (log.clusters > 1) return;
  }
  if (!groups.slates.empty()) {
    log.cluster_kind = ClusterKind::slate;
    number([&](std::size_t at) { return groups.slates[at]; });
    return;
  }
  log.cluster_kind = ClusterKind::row;
  number([](std::size_t at) { return static_cast<std::uint32_t>(at); });
}

}  // namespace

std::string_view to_string(ClusterKind kind) {
  constexpr std::array<std::string_view, 3> names{"viewer", "slate", "row"};
  return names[static_cast<std::size_t>(kind)];
}

Expected<LoggedDecisions> parse_decisions(std::string_view text, const std::string& name,
                                          const DecisionFilter& filter) {
  auto opened = CsvTable::open(text, name, "log of decisions");
  if (!opened) return tl::unexpected(opened.error());
  CsvTable& table = *opened;
  const PlaceColumns columns(table);
  const Column propensity_column = table.column({"propensity", "propensity_score", "action_prob"});
  const Column reward_column = table.column({"reward", "click"});
  const Column usual_column = table.column({"usual"});
  const Column viewer_column = table.column({"viewer", "user"});
  const Column slate_column = table.column({"slate"});
  if (!columns.title || !propensity_column || !reward_column)
    return failure(ErrorCode::malformed,
                   "the head line must name the columns title, propensity and reward",
                   table.place());
  if (!filter.row.empty() && !columns.row)
    return failure(ErrorCode::malformed, "the log has no column row to choose one", table.place());
  const std::size_t needed =
      behind({columns.title, columns.context, columns.row, columns.place, propensity_column,
              reward_column, usual_column, viewer_column, slate_column});
  NameNumbers titles;
  NameNumbers viewers;
  NameNumbers slates;
  std::map<DecisionPlace, std::uint32_t> places;
  Groups groups;
  LoggedDecisions log;
  for (;;) {
    const auto row = table.next(needed);
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    if (!filter.row.empty() && table[*columns.row] != filter.row) continue;
    if (log.decisions.size() >= limits::logged_decisions)
      return failure(ErrorCode::limit_exceeded, "more than 5 million decisions", table.place());
    if (!good_name(table[*columns.title]) || (usual_column && !good_name(table[*usual_column])))
      return failure(ErrorCode::malformed,
                     "a title needs a name of 1 to 256 bytes without control characters",
                     table.place());
    const auto propensity = real_number(table[*propensity_column]);
    if (!propensity || *propensity <= 0 || *propensity > 1)
      return failure(ErrorCode::malformed, "the propensity must be above 0 and at most 1",
                     table.place());
    const auto reward = real_number(table[*reward_column]);
    if (!reward || std::abs(*reward) > largest_reward)
      return failure(ErrorCode::malformed, "the reward must be a number of at most 10^9",
                     table.place());
    const DecisionPlace where{.context = text_at(table, columns.context),
                              .row = text_at(table, columns.row),
                              .place = text_at(table, columns.place)};
    const auto [place, added] =
        places.try_emplace(where, static_cast<std::uint32_t>(places.size()));
    if (added) log.places.push_back(where);
    if (places.size() > limits::decision_places)
      return failure(ErrorCode::limit_exceeded, "more than 100000 places and contexts",
                     table.place());
    log.decisions.push_back({.place = place->second,
                             .title = titles.number(table[*columns.title]),
                             .propensity = *propensity,
                             .reward = *reward});
    if (usual_column) log.usual.push_back(titles.number(table[*usual_column]));
    if (viewer_column) groups.viewers.push_back(viewers.number(table[*viewer_column]));
    if (slate_column) groups.slates.push_back(slates.number(table[*slate_column]));
  }
  if (log.decisions.empty())
    return failure(ErrorCode::malformed,
                   filter.row.empty() ? "the log has no decisions"
                                      : "the log has no decisions of the row " + filter.row,
                   name);
  leave_out_certain(log, groups);
  if (log.decisions.empty())
    return failure(ErrorCode::malformed,
                   "every propensity of the log is 1: nothing was left to chance, so it does not "
                   "tell what another policy would have brought",
                   name);
  number_clusters(log, groups);
  log.titles = titles.take();
  return log;
}

TargetPolicy uniform_policy(const LoggedDecisions& log) {
  std::vector<std::vector<std::uint32_t>> shown(log.places.size());
  for (const LoggedDecision& decision : log.decisions)
    shown[decision.place].push_back(decision.title);
  TargetPolicy policy;
  for (std::vector<std::uint32_t>& titles : shown) {
    std::ranges::sort(titles);
    titles.erase(std::unique(titles.begin(), titles.end()), titles.end());
    std::vector<TitleShare>& shares = policy.distributions.emplace_back();
    for (const std::uint32_t title : titles)
      shares.push_back({title, 1 / static_cast<double>(titles.size())});
  }
  for (const LoggedDecision& decision : log.decisions) policy.of.push_back(decision.place);
  return policy;
}

Expected<TargetPolicy> usual_policy(const LoggedDecisions& log) {
  if (log.usual.empty())
    return failure(ErrorCode::malformed,
                   "the log has no column usual, so it does not tell what would have been shown "
                   "without chance");
  TargetPolicy policy;
  for (std::uint32_t title = 0; title < log.titles.size(); ++title)
    policy.distributions.push_back({{title, 1}});
  policy.of = log.usual;
  return policy;
}

Expected<TargetPolicy> parse_policy(std::string_view text, const std::string& name,
                                    const LoggedDecisions& log) {
  auto opened = CsvTable::open(text, name, "policy");
  if (!opened) return tl::unexpected(opened.error());
  CsvTable& table = *opened;
  const PlaceColumns columns(table);
  const Column probability_column = table.column({"probability"});
  if (!columns.title)
    return failure(ErrorCode::malformed, "the head line must name the column title", table.place());
  const std::size_t needed =
      behind({columns.title, columns.context, columns.row, columns.place, probability_column});
  std::unordered_map<std::string_view, std::uint32_t> titles;
  for (std::uint32_t title = 0; title < log.titles.size(); ++title)
    titles.emplace(log.titles[title], title);
  std::map<DecisionPlace, std::map<std::uint32_t, double>> told;
  for (std::size_t rows = 0;;) {
    const auto row = table.next(needed);
    if (!row) return tl::unexpected(row.error());
    if (!*row) break;
    if (++rows > limits::logged_decisions)
      return failure(ErrorCode::limit_exceeded, "more than 5 million rows", table.place());
    const std::optional<double> probability =
        probability_column ? real_number(table[*probability_column]) : 1;
    if (!probability || *probability < 0 || *probability > 1)
      return failure(ErrorCode::malformed, "the probability must be from 0 to 1", table.place());
    const auto title = titles.find(table[*columns.title]);
    told[{.context = text_at(table, columns.context),
          .row = text_at(table, columns.row),
          .place = text_at(table, columns.place)}]
        [title == titles.end() ? unknown_title : title->second] += *probability;
  }
  TargetPolicy policy;
  std::map<DecisionPlace, std::uint32_t> numbers;
  for (const auto& [place, shares] : told) {
    double sum = 0;
    for (const auto& [title, probability] : shares) sum += probability;
    if (probability_column && std::abs(sum - 1) > rounded)
      return failure(ErrorCode::malformed,
                     "the probabilities must sum to 1 and sum to " + std::to_string(sum) + " at " +
                         words_of(place),
                     name);
    numbers.emplace(place, static_cast<std::uint32_t>(policy.distributions.size()));
    std::vector<TitleShare>& distribution = policy.distributions.emplace_back();
    for (const auto& [title, probability] : shares)
      distribution.push_back({title, probability / sum});
  }
  std::vector<std::optional<std::uint32_t>> of_place(log.places.size());
  for (const LoggedDecision& decision : log.decisions) {
    auto& distribution = of_place[decision.place];
    if (!distribution) {
      const DecisionPlace asked = told_by(columns, log.places[decision.place]);
      const auto found = numbers.find(asked);
      if (found == numbers.end())
        return failure(ErrorCode::malformed,
                       "the policy says nothing of " + words_of(log.places[decision.place]) +
                           ", where the log has decisions",
                       name);
      distribution = found->second;
    }
    policy.of.push_back(*distribution);
  }
  return policy;
}

}  // namespace rung::recommend
