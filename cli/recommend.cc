#include <cmath>
#include <cstddef>
#include <cstdio>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/flag_values.h"
#include "cli/json_writer.h"
#include "cli/judge_policy.h"
#include "cli/moment_options.h"
#include "cli/number_range.h"
#include "cli/report_error.h"
#include "core/limits.h"
#include "recommend/archive.h"
#include "recommend/next_title_evaluation.h"
#include "recommend/plays.h"
#include "recommend/recommender.h"

// `rung recommend train`, `next`, `explain` and `evaluate`; docs/recommend.md.

namespace rung::cli {
namespace {

using recommend::NextTitles;
using recommend::Recommender;
using recommend::TitleIndex;

Expected<recommend::Plays> read_plays(const std::string& path) {
  const auto text = read_file(path, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  return recommend::parse_plays(*text, path);
}

// --- train ---

struct TrainFlags {
  std::string plays;
  std::string output;
  recommend::TrainingOptions options;
};

int train(const TrainFlags& flags) {
  const auto plays = read_plays(flags.plays);
  if (!plays) return report_error(plays.error());
  // The weights are fitted on counts without the last plays, so on others than those that are kept.
  auto fit = std::async(std::launch::async,
                        [&] { return recommend::held_out_choices(*plays, flags.options); });
  auto sources = recommend::FeatureSources::train(*plays, flags.options.seed);
  auto watch_times = recommend::WatchTimes::fit(plays->stays, plays->titles.size());
  const Recommender recommender =
      Recommender::of(plays->titles, std::move(sources), fit.get(), std::move(watch_times));
  const std::string model = write_recommender(recommender);
  if (std::cmp_greater(model.size(), limits::recommender_size.bytes()))
    return report_error({.code = ErrorCode::limit_exceeded,
                         .message = "the model would be larger than 1 GiB; leave out rare titles",
                         .where = flags.plays});
  if (const auto written = write_file(flags.output, model); !written)
    return report_error(written.error());
  fmt::print("{}: {} plays of {} titles by {} viewers\n", flags.output, plays->size(),
             plays->titles.size(), plays->viewers.size());
  for (std::size_t feature = 0; feature < recommend::feature_count; ++feature)
    fmt::print("  {:<18} weight {:.3f}\n", to_string(static_cast<recommend::Feature>(feature)),
               recommender.warm().weights[feature]);
  if (recommender.watch_times().known())
    fmt::print("  leaving: {} stays, Weibull shape {:.3f}, scale {:.1f} s\n", plays->stays.size(),
               recommender.watch_times().shape(), recommender.watch_times().scale());
  return 0;
}

// --- next ---

struct NextFlags {
  std::string model;
  std::vector<std::string> history;
  std::size_t count = 10;
  double position_seconds = 0;
  double within_seconds = 60;
  recommend::ViewingMoment moment;
  bool json = false;
};

void print_json(const Recommender& recommender, const NextTitles& next, const NextFlags& flags,
                const std::vector<std::string>& unknown) {
  JsonWriter json(stdout);
  json.begin_object();
  json.member("position_s", flags.position_seconds);
  json.member("within_s", flags.within_seconds);
  json.member("p_leave_within", next.leaves_within);
  json.key("candidates");
  json.begin_array();
  for (const recommend::Candidate& candidate : next.candidates) {
    json.begin_object();
    json.member("title", recommender.titles()[candidate.title]);
    json.member("p", candidate.probability);
    json.member("p_leave_within", candidate.leaves_within);
    json.member("reason", to_string(candidate.reason));
    json.member("contribution", candidate.contribution);
    json.end_object();
  }
  json.end_array();
  json.member("rest", next.rest);
  json.member("other", next.other);
  json.key("unknown");
  json.begin_array();
  for (const std::string& title : unknown) json.value(title);
  json.end_array();
  json.end_object();
}

void print_table(const Recommender& recommender, const NextTitles& next, const NextFlags& flags) {
  const bool leaving = recommender.watch_times().known();
  const auto chance = [&](const std::optional<double>& p) {
    return !leaving ? std::string() : p ? fmt::format("{:>7.1f}%", *p * 100) : std::string(8, ' ');
  };
  if (next.leaves_within)
    fmt::print("At {:g} s the viewer leaves within {:g} s with p = {:.1f}%.\n",
               flags.position_seconds, flags.within_seconds, *next.leaves_within * 100);
  fmt::print("{:>8}{}  {:<18} {}\n", "p", leaving ? "  left by" : "", "reason", "title");
  for (const recommend::Candidate& candidate : next.candidates)
    fmt::print("{:>7.3f}%{}  {:<18} {}\n", candidate.probability * 100,
               chance(candidate.leaves_within), to_string(candidate.reason),
               recommender.titles()[candidate.title]);
  fmt::print("{:>7.3f}%{}  {:<18} {}\n", next.rest * 100, chance({}), "", "any of the rest");
  fmt::print("{:>7.3f}%{}  {:<18} {}\n", next.other * 100, chance({}), "",
             "other: unknown, or seen before");
}

Expected<Recommender> read_model(const std::string& path) {
  const auto bytes = read_file(path, limits::recommender_size);
  if (!bytes) return tl::unexpected(bytes.error());
  return recommend::read_recommender(*bytes, path);
}

/// What of a history a model knows, and what it does not.
struct History {
  std::vector<TitleIndex> known;
  std::vector<std::string> unknown;
  bool last_known = false;
};

Expected<History> find_history(const Recommender& recommender,
                               const std::vector<std::string>& titles) {
  if (titles.size() > limits::history_titles)
    return failure(ErrorCode::limit_exceeded, "more than 10000 titles", "--history");
  History history;
  for (const std::string& title : titles) {
    const auto found = recommender.find(title);
    history.last_known = found.has_value();
    if (found)
      history.known.push_back(*found);
    else
      history.unknown.push_back(title);
  }
  return history;
}

void warn_of_unknown(const History& history, const Recommender& recommender,
                     const recommend::ViewingMoment& moment, const std::string& model) {
  if (!moment.device.empty() &&
      recommender.sources().moments.find_device(moment.device) == recommend::Moment::unknown)
    std::fprintf(stderr, "rung: %s does not know the device \"%s\"; any is taken\n", model.c_str(),
                 moment.device.c_str());
  for (const std::string& title : history.unknown)
    std::fprintf(stderr, "rung: %s does not know the title \"%s\"; it is passed over\n",
                 model.c_str(), title.c_str());
}

int next(const NextFlags& flags) {
  const auto recommender = read_model(flags.model);
  if (!recommender) return report_error(recommender.error());
  const auto history = find_history(*recommender, flags.history);
  if (!history) return report_error(history.error());
  recommend::Context context{
      .position = std::nullopt,
      .within = from_seconds(flags.within_seconds),
      .moment = recommender->moment_of(flags.moment.hour, flags.moment.device)};
  if (history->last_known) context.position = from_seconds(flags.position_seconds);
  const NextTitles titles = recommender->next(history->known, flags.count, context);
  if (flags.json) {
    print_json(*recommender, titles, flags, history->unknown);
    return 0;
  }
  warn_of_unknown(*history, *recommender, flags.moment, flags.model);
  print_table(*recommender, titles, flags);
  return 0;
}

// --- explain ---

struct ExplainFlags {
  std::string model;
  std::string title;
  std::vector<std::string> history;
  recommend::ViewingMoment moment;
  bool json = false;
};

const char* words_for(recommend::Feature feature) {
  using recommend::Feature;
  switch (feature) {
    case Feature::popularity:
      return "how often it was played";
    case Feature::recent_popularity:
      return "how often it was played lately";
    case Feature::following:
      return "viewers play it right after the last title";
    case Feature::forward:
      return "viewers play it soon after the latest titles";
    case Feature::together:
      return "viewers play it about when they play the latest titles";
    case Feature::ease:
      return "who played all of this history played it too";
    case Feature::ials:
      return "viewers with such a taste play it";
    case Feature::neighbours:
      return "who played most of this history played it about then";
    case Feature::hour:
      return "it is played at this hour";
    case Feature::device:
      return "it is played on this device";
  }
  return "";
}

void print_json(const recommend::Explanation& why, const std::string& title,
                const std::vector<std::string>& unknown) {
  JsonWriter json(stdout);
  json.begin_object();
  json.member("title", title);
  json.member("p", why.probability);
  json.key("contributions");
  json.begin_object();
  for (std::size_t feature = 0; feature < recommend::feature_count; ++feature)
    json.member(to_string(static_cast<recommend::Feature>(feature)), why.contributions[feature]);
  json.end_object();
  json.key("unknown");
  json.begin_array();
  for (const std::string& name : unknown) json.value(name);
  json.end_array();
  json.end_object();
}

int explain(const ExplainFlags& flags) {
  const auto recommender = read_model(flags.model);
  if (!recommender) return report_error(recommender.error());
  const auto history = find_history(*recommender, flags.history);
  if (!history) return report_error(history.error());
  const auto title = recommender->find(flags.title);
  if (!title)
    return report_error({.code = ErrorCode::malformed,
                         .message = "the model does not know the title \"" + flags.title + "\"",
                         .where = flags.model});
  const auto why = recommender->explain(
      history->known, *title, recommender->moment_of(flags.moment.hour, flags.moment.device));
  if (!why)
    return report_error({.code = ErrorCode::malformed,
                         .message = "\"" + flags.title +
                                    "\" cannot come next: it is in the history; leave it out there",
                         .where = flags.model});
  if (flags.json) {
    print_json(*why, flags.title, history->unknown);
    return 0;
  }
  warn_of_unknown(*history, *recommender, flags.moment, flags.model);
  fmt::print(
      "{} comes next with p = {:.3f}%; against the average title that "
      "is times\n",
      flags.title, why->probability * 100);
  for (std::size_t feature = 0; feature < recommend::feature_count; ++feature)
    fmt::print("{:>10.3f}  {:<18} {}\n", std::exp(why->contributions[feature]),
               to_string(static_cast<recommend::Feature>(feature)),
               words_for(static_cast<recommend::Feature>(feature)));
  return 0;
}

// --- evaluate ---

struct EvaluateFlags {
  std::string plays;  ///< Empty: a policy is judged.
  JudgeFlags judge;
  std::string format = "table";
  recommend::TrainingOptions options;
};

void print_json(const recommend::Evaluation& evaluation) {
  JsonWriter json(stdout);
  json.begin_object();
  json.member("viewers", evaluation.viewers);
  json.member("titles", evaluation.titles);
  json.member("plays", evaluation.plays);
  json.member("other", evaluation.other);
  json.key("methods");
  json.begin_array();
  for (const recommend::MethodScores& scores : evaluation.methods) {
    json.begin_object();
    json.member("method", scores.method);
    json.member("ndcg_at_10", scores.ndcg_at_10);
    json.member("ndcg_standard_error", scores.ndcg_error);
    json.member("hit_rate_at_10", scores.hit_rate_at_10);
    json.member("log_loss", scores.log_loss);
    json.member("brier", scores.brier);
    json.member("ece_at_10", scores.ece_at_10);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void print_table(const recommend::Evaluation& evaluation) {
  fmt::print("The last play of {} viewers, foreseen from {} plays of {} titles; {} were other.\n",
             evaluation.viewers, evaluation.plays, evaluation.titles, evaluation.other);
  fmt::print("{:<14} {:>15} {:>7} {:>9} {:>7} {:>8}\n", "method", "NDCG@10", "hits@10", "log loss",
             "Brier", "ECE@10");
  for (const recommend::MethodScores& scores : evaluation.methods)
    fmt::print("{:<14} {:.4f} +- {:.4f} {:>7.4f} {:>9.4f} {:>7.4f} {:>8.5f}\n", scores.method,
               scores.ndcg_at_10, scores.ndcg_error, scores.hit_rate_at_10, scores.log_loss,
               scores.brier, scores.ece_at_10);
}

int evaluate(const EvaluateFlags& flags) {
  if (flags.plays.empty()) {
    JudgeFlags judge = flags.judge;
    judge.json = flags.format == "json";
    if (!judge.log.empty()) return judge_policy(judge);
    return report_error({.code = ErrorCode::invalid_argument,
                         .message = "a log of plays is needed, or --logged with one of decisions",
                         .where = "recommend evaluate"});
  }
  const auto plays = read_plays(flags.plays);
  if (!plays) return report_error(plays.error());
  auto evaluation = recommend::evaluate_next_title(*plays, flags.options);
  if (!evaluation) {
    evaluation.error().where = flags.plays;
    return report_error(evaluation.error());
  }
  if (flags.format == "json")
    print_json(*evaluation);
  else
    print_table(*evaluation);
  return 0;
}

}  // namespace

void add_recommend_command(CLI::App& app, int& status) {
  CLI::App* const recommend =
      app.add_subcommand("recommend", "Learn from plays which title comes next");
  recommend->require_subcommand(1);
  const std::string plays_help =
      "Comma-separated values with the columns viewer, title and time, hour and device where they "
      "are known, and from, to and left where it is known how long titles were watched; - is the "
      "standard input";
  const std::string seed_help = "Draws the plays that the weights are fitted on";

  const auto training = std::make_shared<TrainFlags>();
  CLI::App* const train_command =
      recommend->add_subcommand("train", "Write a model of a log of plays");
  train_command->add_option("PLAYS", training->plays, plays_help)->required();
  train_command->add_option("-o,--output", training->output, "The model to write")->required();
  train_command->add_option("--seed", training->options.seed, seed_help)
      ->check(any_seed())
      ->capture_default_str();
  train_command->callback([training, &status] { status = train(*training); });

  const auto asking = std::make_shared<NextFlags>();
  CLI::App* const next_command =
      recommend->add_subcommand("next", "The titles that come next, with probabilities");
  next_command->add_option("MODEL", asking->model, "What train wrote")->required();
  add_list_option(*next_command, "--history", asking->history,
                  "Titles that the viewer played, oldest first, with commas between", any_text());
  next_command->add_option("-k,--count", asking->count, "How many titles")
      ->check(whole_number_from(1, limits::recommended_titles))
      ->capture_default_str();
  next_command
      ->add_option("--position", asking->position_seconds,
                   "Where the viewer is in the last title of the history, in seconds")
      ->check(number_from(0, 604800.0))
      ->capture_default_str();
  next_command
      ->add_option("--within", asking->within_seconds,
                   "The time for which it is foreseen whether titles are left, in seconds")
      ->check(number_from(0.1, 86400.0))
      ->capture_default_str();
  add_moment_options(*next_command, asking->moment);
  next_command->add_flag("--json", asking->json, "Print JSON");
  next_command->callback([asking, &status] { status = next(*asking); });

  const auto explaining = std::make_shared<ExplainFlags>();
  CLI::App* const explain_command =
      recommend->add_subcommand("explain", "Why a title has its probability, feature by feature");
  explain_command->add_option("MODEL", explaining->model, "What train wrote")->required();
  explain_command->add_option("TITLE", explaining->title, "The title that may come next")
      ->required();
  add_list_option(*explain_command, "--history", explaining->history,
                  "Titles that the viewer played, oldest first, with commas between", any_text());
  add_moment_options(*explain_command, explaining->moment);
  explain_command->add_flag("--json", explaining->json, "Print JSON");
  explain_command->callback([explaining, &status] { status = explain(*explaining); });

  const auto judging = std::make_shared<EvaluateFlags>();
  CLI::App* const evaluate_command = recommend->add_subcommand(
      "evaluate",
      "Foresee every viewer's last play from all the others, beside baselines; or judge a policy "
      "by what another one showed");
  auto* const judged_plays = evaluate_command->add_option("PLAYS", judging->plays, plays_help);
  evaluate_command->add_option("--format", judging->format, "table or json")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  evaluate_command->add_option("--seed", judging->options.seed, seed_help)
      ->check(any_seed())
      ->capture_default_str();
  JudgeFlags& judge = judging->judge;
  auto* const logged = evaluate_command->add_option(
      "--logged", judge.log,
      "Comma-separated values with the columns title, propensity and reward, and place, row, "
      "context, usual, viewer and slate where they are known; - is the standard input");
  logged->excludes(judged_plays);
  evaluate_command
      ->add_option("--target", judge.target,
                   "The policy: usual (what is shown without chance), uniform, or a file with the "
                   "columns title and probability, else another policy's log")
      ->needs(logged)
      ->capture_default_str();
  evaluate_command->add_option("--row", judge.row, "Only decisions of this row")->needs(logged);
  evaluate_command
      ->add_option("--largest-weight", judge.largest_weight,
                   "Larger weights count as this one (default: the root of the decisions)")
      ->check(number_from(1, 1e9))
      ->needs(logged);
  evaluate_command->add_option("--confidence", judge.confidence, "Of the intervals")
      ->check(number_from(0.51, 0.999))
      ->needs(logged)
      ->capture_default_str();
  evaluate_command->callback([judging, &status] { status = evaluate(*judging); });
}

}  // namespace rung::cli
