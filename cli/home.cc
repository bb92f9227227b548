#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "abr/estimator_factory.h"
#include "cli/catalogue_programme.h"
#include "cli/commands.h"
#include "cli/play_titles.h"
#include "cli/report_error.h"
#include "core/catalogue_limits.h"
#include "core/limits.h"
#include "player/head_fetcher.h"
#include "player/home_screen.h"
#include "recommend/event_log/viewing_record.h"

// `rung home`: a catalogue in a window; docs/catalogue.md.

namespace rung::cli {
namespace {

using event_log::EventKind;
using player::HomeRow;
using player::HomeTile;

/// Titles of one row.
constexpr std::size_t row_titles = 24;
/// How probable it is that the viewer plays what they look at.
constexpr double focused_probability = 0.6;
/// Of the titles, as large as the first one is drawn.
constexpr player::ArtworkLoader::Box artwork_box{768, 432};

HomeTile tile_of(const recommend::Catalogue& catalogue, std::size_t title) {
  const recommend::CatalogueTitle& one = catalogue.titles()[title];
  return {.title = title,
          .name = one.name,
          .detail = detail_of(one),
          .text = one.text,
          .artwork = one.artwork};
}

void add_row(std::vector<HomeRow>& rows, HomeRow row) {
  if (!row.tiles.empty()) rows.push_back(std::move(row));
}

std::vector<HomeRow> rows_of(const recommend::Catalogue& catalogue,
                             const std::vector<event_log::Event>& events,
                             const CatalogueProgramme& programme) {
  std::vector<HomeRow> rows;
  HomeRow begun{"Continue watching", {}};
  for (const auto& one : event_log::viewing_record(events).begun) {
    const auto title = catalogue.find(one.title);
    if (!title || begun.tiles.size() >= row_titles) continue;
    HomeTile tile = tile_of(catalogue, *title);
    if (one.length && *one.length > Duration{})
      tile.progress = to_seconds(one.position) / to_seconds(*one.length);
    begun.tiles.push_back(std::move(tile));
  }
  add_row(rows, std::move(begun));
  if (!programme.history().empty()) {
    HomeRow because{"Because you watched " + catalogue.titles()[programme.history().back()].name,
                    {}};
    for (const recommend::LikelyTitle& likely : programme.likely(row_titles))
      because.tiles.push_back(tile_of(catalogue, likely.title));
    add_row(rows, std::move(because));
  }
  std::vector<std::size_t> newest = catalogue.by_popularity();
  const auto added = [&](std::size_t title) { return catalogue.titles()[title].added; };
  const auto end =
      newest.begin() + static_cast<std::ptrdiff_t>(std::min(newest.size(), row_titles));
  std::partial_sort(newest.begin(), end, newest.end(),
                    [&](std::size_t a, std::size_t b) { return added(a) > added(b); });
  HomeRow latest{"New", {}};
  for (auto title = newest.begin(); title != end; ++title)
    if (added(*title) > 0) latest.tiles.push_back(tile_of(catalogue, *title));
  add_row(rows, std::move(latest));
  HomeRow popular{"Popular", {}};
  for (const std::size_t title : catalogue.by_popularity()) {
    if (popular.tiles.size() >= row_titles) break;
    popular.tiles.push_back(tile_of(catalogue, title));
  }
  add_row(rows, std::move(popular));
  return rows;
}

/// Titles of the screen, each once, as what may be played next.
class Choices {
 public:
  Choices(const recommend::Catalogue& catalogue, const std::vector<HomeRow>& rows) {
    for (const HomeRow& row : rows)
      for (const HomeTile& tile : row.tiles)
        if (titles_.size() < limits::prefetched_titles &&
            places_.emplace(tile.title, titles_.size()).second)
          titles_.push_back({.url = catalogue.titles()[tile.title].manifest,
                             .probability = 0,
                             .name = tile.name});
  }
  [[nodiscard]] const std::vector<player::NextTitle>& titles() const { return titles_; }
  [[nodiscard]] std::size_t place(std::size_t title) const {
    const auto found = places_.find(title);
    return found == places_.end() ? titles_.size() : found->second;
  }
  /// While the viewer looks at `title`.
  [[nodiscard]] std::vector<double> probabilities(std::size_t title) const {
    const double others = (1 - focused_probability) / static_cast<double>(titles_.size());
    std::vector<double> all(titles_.size(), others);
    if (const std::size_t at = place(title); at < all.size()) all[at] = focused_probability;
    return all;
  }

 private:
  std::vector<player::NextTitle> titles_;
  std::unordered_map<std::size_t, std::size_t> places_;
};

std::vector<event_log::Shown> slate_of(const recommend::Catalogue& catalogue,
                                       const std::vector<HomeRow>& rows) {
  std::vector<event_log::Shown> slate;
  for (const HomeRow& row : rows) {
    int place = 0;
    for (const HomeTile& tile : row.tiles)
      slate.push_back({catalogue.titles()[tile.title].id, row.heading, place++, 1.0});
  }
  return slate;
}

int home(const PlayFlags& given) {
  PlayFlags flags = given;
  flags.estimator = abr::default_estimator_of(flags.policy);
  player::PlayerOptions options = player_options(flags);
  auto http = http_options(flags.http);
  if (!http) return report_error(http.error());
  options.http = *std::move(http);
  const std::unique_ptr<player::HeadCache> kept = kept_heads(flags);
  options.kept = kept.get();
  auto parts = catalogue_parts(flags, options.http);
  if (!parts) return report_error(parts.error());
  const recommend::Catalogue& catalogue = (*parts)->catalogue;
  ViewingLog& log = (*parts)->log;
  const std::string name = catalogue.name().empty() ? std::string("Rung") : catalogue.name();
  auto window = player::VideoOutput::open(name + " - rung", {}, flags.full_screen);
  if (!window) return report_error(window.error());
  options.window = *std::move(window);
  if (const auto& no_text = options.window->text_failure()) report_error(*no_text);

  const StopOnSignal stop;
  player::ArtworkLoader artwork(options.http, artwork_box);
  for (;;) {
    CatalogueProgramme programme(
        catalogue, (*parts)->model ? &*(*parts)->model : nullptr, log,
        {.autoplay = !flags.no_autoplay, .titles = flags.titles, .http = options.http});
    const std::vector<HomeRow> rows = rows_of(catalogue, log.events(), programme);
    const Choices choices(catalogue, rows);
    std::optional<player::HeadFetcher> heads;
    if (!flags.no_prefetch)
      heads.emplace(choices.titles(),
                    player::HeadFetcher::Options{
                        .http = options.http, .metered = flags.metered, .kept = kept.get()});
    log.shown(slate_of(catalogue, rows));
    options.window->begin_title(name + " - rung");
    player::HomeScreen screen(name, rows,
                              {.artwork = artwork,
                               .focus =
                                   [&](const HomeTile& tile) {
                                     if (heads) heads->guess(choices.probabilities(tile.title));
                                   },
                               .rest =
                                   [&](const HomeTile& tile) {
                                     log.tell(EventKind::focus, catalogue.titles()[tile.title].id);
                                   }});
    const auto chosen = screen.choose(*options.window, stop.token());
    if (!chosen) return 0;
    options.prepared = heads ? heads->take(choices.place(chosen->title)) : nullptr;
    options.after_another = false;
    programme.begin_with(chosen->title);
    // A title that fails is told of; the others are still there.
    static_cast<void>(play_all(options, flags, programme, {}, stop));
    if (stop.stopped()) return 0;
    options.prepared.reset();
  }
}

}  // namespace

void add_home_command(CLI::App& app, int& status) {
  const auto flags = std::make_shared<PlayFlags>();
  CLI::App* const command =
      app.add_subcommand("home", "A catalogue in a window: choose a title and play it.");
  command->add_option("FEED", flags->catalogue, "A file, or an http or https URL")->required();
  command->add_option("--model", flags->model, "What `rung recommend train` wrote");
  command->add_option("--user", flags->viewer, "Who watches, for the event log")
      ->capture_default_str();
  command->add_flag("--private", flags->private_viewing,
                    "Keep nothing of this on the disk, and know nothing of the viewer");
  command->add_flag("--no-autoplay", flags->no_autoplay, "Return at the end of a title");
  command->add_flag("--no-prefetch", flags->no_prefetch, "Fetch nothing ahead");
  command->add_flag("--metered", flags->metered, "Every byte is paid for: fetch less ahead");
  command->add_flag("--full-screen", flags->full_screen, "Fill the screen");
  command->add_option("--policy", flags->policy, "ABR policy")->capture_default_str();
  command->add_flag("--json", flags->json, "Print the report of each title as JSON");
  add_cache_size_option(*command, *flags);
  add_http_flags(*command, flags->http);
  command->footer(
      "Keys: arrows or the pointer choose, Enter or a click plays, Esc returns from a title and\n"
      "leaves. Titles play as in `rung play --catalogue`.");
  command->callback([flags, &status] { status = home(*flags); });
}

}  // namespace rung::cli
