#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "cli/catalogue_programme.h"
#include "cli/catalogue_source.h"
#include "cli/commands.h"
#include "cli/flag_values.h"
#include "cli/http_flags.h"
#include "cli/json_writer.h"
#include "cli/moment_options.h"
#include "cli/printable.h"
#include "cli/report_error.h"
#include "cli/state_files.h"
#include "core/limits.h"
#include "recommend/event_log/event_log.h"
#include "recommend/next_titles.h"

// `rung catalogue`; docs/catalogue.md.

namespace rung::cli {
namespace {

struct CatalogueFlags {
  std::string feed;
  std::string model;
  std::vector<std::string> history;
  std::string viewer;  ///< Empty: `history` alone.
  recommend::ViewingMoment moment;
  std::size_t count = 10;
  bool json = false;
  HttpFlags http;
};

void print_json(const recommend::Catalogue& catalogue,
                const std::vector<recommend::LikelyTitle>& next) {
  JsonWriter json(stdout);
  json.begin_object();
  json.member("name", catalogue.name());
  json.member("titles", catalogue.titles().size());
  json.key("next");
  json.begin_array();
  for (const recommend::LikelyTitle& likely : next) {
    const recommend::CatalogueTitle& title = catalogue.titles()[likely.title];
    json.begin_object();
    json.member("title", title.id);
    json.member("name", title.name);
    json.member("p", likely.probability);
    json.member("reason", to_string(likely.reason));
    json.known_member("lift", likely.lift);
    json.member("manifest", title.manifest);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

int catalogue_command(const CatalogueFlags& flags) {
  const auto http = http_options(flags.http);
  if (!http) return report_error(http.error());
  const auto catalogue = load_catalogue(flags.feed, *http);
  if (!catalogue) return report_error(catalogue.error());
  const auto model = load_model(flags.model);
  if (!model) return report_error(model.error());
  ViewerHistory viewer;
  if (!flags.viewer.empty()) {
    const auto events = event_log::read_events(event_log_file(), flags.viewer);
    if (!events) return report_error(events.error());
    viewer = history_of(*catalogue, *events);
  }
  for (const std::string& id : flags.history) {
    const auto found = catalogue->find(id);
    if (!found)
      return report_error({ErrorCode::invalid_argument, "has no title \"" + id + "\"", flags.feed});
    viewer.played.push_back(*found);
  }
  const auto next = next_titles(*catalogue, *model ? &**model : nullptr, viewer.played,
                                viewer.habit, flags.count, viewer.signs, flags.moment);
  if (flags.json) {
    print_json(*catalogue, next);
    return 0;
  }
  const std::string& name = catalogue->name().empty() ? flags.feed : catalogue->name();
  fmt::print("{}: {} titles\n\n{:>8}  {:<14} {}\n", printable(name), catalogue->titles().size(),
             "p", "reason", "title");
  for (const recommend::LikelyTitle& likely : next) {
    const recommend::CatalogueTitle& title = catalogue->titles()[likely.title];
    fmt::print("{:>7.3f}%  {:<14} {} ({}){}\n", likely.probability * 100, to_string(likely.reason),
               printable(title.name), printable(title.id),
               likely.lift == 0 ? std::string()
                                : fmt::format(", odds x {:.2f} by signs", std::exp(likely.lift)));
  }
  return 0;
}

}  // namespace

void add_catalogue_command(CLI::App& app, int& status) {
  const auto flags = std::make_shared<CatalogueFlags>();
  CLI::App* const command =
      app.add_subcommand("catalogue", "Check a feed of titles, and say which of them come next");
  command->add_option("FEED", flags->feed, "A file, or an http or https URL")->required();
  command->add_option("--model", flags->model, "What `rung recommend train` wrote");
  add_list_option(*command, "--history", flags->history,
                  "Titles that the viewer played, oldest first, with commas between", any_text());
  command
      ->add_option("--user", flags->viewer,
                   "What this viewer played and made known, from the event log")
      ->check(any_text());
  add_moment_options(*command, flags->moment);
  command->add_option("-k,--count", flags->count, "How many titles")
      ->check(whole_number_from(1, limits::recommended_titles))
      ->capture_default_str();
  command->add_flag("--json", flags->json, "Print JSON");
  add_http_flags(*command, flags->http);
  command->callback([flags, &status] { status = catalogue_command(*flags); });
}

}  // namespace rung::cli
