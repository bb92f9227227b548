#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
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
#include "core/random.h"
#include "player/head_fetcher.h"
#include "player/home_screen.h"
#include "recommend/event_log/viewing_record.h"
#include "recommend/home_rows.h"
#include "recommend/title_search.h"

// `rung home`: a catalogue in a window; docs/catalogue.md.

namespace rung::cli {
namespace {

using event_log::EventKind;
using player::HomeRow;
using player::HomeTile;

/// How probable it is that the viewer plays what they look at.
constexpr double focused_probability = 0.6;
/// Of the titles, as large as the first one is drawn.
constexpr player::ArtworkLoader::Box artwork_box{768, 432};

struct HomeFlags : PlayFlags {
  bool no_exploration = false;
  std::optional<std::uint64_t> seed;
};

/// What the viewer of `log` is known to like.
recommend::HomeFacts facts_of(const recommend::Catalogue& catalogue,
                              const event_log::ViewingRecord& record,
                              const std::map<std::string, event_log::Looks>& looks,
                              const CatalogueProgramme& programme) {
  recommend::HomeFacts facts;
  for (const auto& one : record.begun)
    if (const auto title = catalogue.find(one.title)) facts.begun.push_back(*title);
  facts.saved = programme.signs().saved;
  if (programme.history().empty()) return facts;
  facts.watched = programme.history().back();
  for (const recommend::LikelyTitle& one : programme.likely(recommend::home_row_candidates)) {
    recommend::RowCandidate candidate{.title = one.title, .probability = one.probability};
    const auto found = looks.find(catalogue.titles()[one.title].id);
    if (found != looks.end()) {
      candidate.seen = found->second.seen;
      candidate.chosen = found->second.chosen;
    }
    facts.likely.push_back(candidate);
  }
  return facts;
}

bool among(const std::vector<std::size_t>& titles, std::size_t title) {
  return std::ranges::find(titles, title) != titles.end();
}

HomeTile tile_of(const recommend::Catalogue& catalogue, std::size_t which,
                 const recommend::ViewerSigns& signs) {
  const recommend::CatalogueTitle& title = catalogue.titles()[which];
  return {.title = which,
          .name = title.name,
          .detail = detail_of(title),
          .text = title.text,
          .artwork = title.artwork,
          .liked = among(signs.liked, which),
          .saved = among(signs.saved, which),
          .not_for_me = among(signs.unwanted, which)};
}

/// The rows as they are drawn.
std::vector<HomeRow> drawn(const recommend::Catalogue& catalogue,
                           const std::vector<recommend::HomeRow>& rows,
                           const event_log::ViewingRecord& record,
                           const recommend::ViewerSigns& signs) {
  std::map<std::string_view, double> seen;  // The share of titles that were begun.
  for (const auto& one : record.begun)
    if (one.length && *one.length > Duration{})
      seen[one.title] = to_seconds(one.position) / to_seconds(*one.length);
  std::vector<HomeRow> drawn;
  for (const recommend::HomeRow& row : rows) {
    HomeRow& to = drawn.emplace_back(HomeRow{.heading = row.heading, .tiles = {}});
    for (const recommend::PlacedTitle& placed : row.titles) {
      to.tiles.push_back(tile_of(catalogue, placed.title, signs));
      if (row.id != "continue") continue;
      if (const auto found = seen.find(catalogue.titles()[placed.title].id); found != seen.end())
        to.tiles.back().progress = found->second;
    }
  }
  return drawn;
}

/// What is found by the words of `text`.
std::vector<HomeTile> tiles_of(const recommend::Catalogue& catalogue, const std::string& text,
                               const recommend::ViewerSigns& signs) {
  std::vector<HomeTile> tiles;
  for (const std::size_t title :
       recommend::found_titles(catalogue, recommend::TitleSearch(text), recommend::home_row_titles))
    tiles.push_back(tile_of(catalogue, title, signs));
  return tiles;
}

/// Titles of the screen, each once, as what may be played next.
class Choices {
 public:
  /// `programme` must outlive it.
  Choices(const recommend::Catalogue& catalogue, const std::vector<HomeRow>& rows,
          const CatalogueProgramme& programme) {
    for (const HomeRow& row : rows)
      for (const HomeTile& tile : row.tiles)
        if (titles_.size() < limits::prefetched_titles &&
            places_.emplace(tile.title, titles_.size()).second)
          titles_.push_back({.url = catalogue.titles()[tile.title].manifest,
                             .probability = 0,
                             .name = tile.name,
                             .leaves = programme.leaves(tile.title)});
  }
  void begin_where_left(const PlayFlags& flags) { cli::begin_where_left(titles_, flags); }
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
                                       const std::vector<recommend::HomeRow>& rows) {
  std::vector<event_log::Shown> slate;
  for (const recommend::HomeRow& row : rows) {
    int place = 0;
    for (const recommend::PlacedTitle& placed : row.titles) {
      event_log::Shown& shown =
          slate.emplace_back(event_log::Shown{.title = catalogue.titles()[placed.title].id,
                                              .row = std::string(row.id),
                                              .place = place++,
                                              .propensity = placed.propensity});
      if (placed.usual != placed.title) shown.usual = catalogue.titles()[placed.usual].id;
    }
  }
  return slate;
}

int home(const HomeFlags& given) {
  HomeFlags flags = given;
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

  Random chance(flags.seed ? *flags.seed : std::random_device()());
  const bool explores = !flags.no_exploration && !flags.private_viewing;
  const StopOnSignal stop;
  player::ArtworkLoader artwork(options.http, artwork_box);
  for (;;) {
    const bool of_the_viewer = log.refusal().empty();
    CatalogueProgramme programme(
        catalogue, (*parts)->model ? &*(*parts)->model : nullptr, log,
        {.autoplay = !flags.no_autoplay, .titles = flags.titles, .http = options.http});
    const std::vector<event_log::Event> events = log.events();
    const event_log::ViewingRecord record = event_log::viewing_record(events);
    const std::vector<recommend::HomeRow> placed = recommend::home_rows(
        catalogue, facts_of(catalogue, record, event_log::looks_in(events, "because"), programme),
        explores ? &chance : nullptr);
    const std::vector<HomeRow> rows = drawn(catalogue, placed, record, programme.signs());
    Choices choices(catalogue, rows, programme);
    choices.begin_where_left(flags);
    std::optional<player::HeadFetcher> heads;
    if (!flags.no_prefetch)
      heads.emplace(choices.titles(),
                    player::HeadFetcher::Options{
                        .http = options.http, .metered = flags.metered, .kept = kept.get()});
    // Without what the viewer did, other titles would have been as probable.
    if (of_the_viewer) log.shown(slate_of(catalogue, placed));
    options.window->begin_title(name + " - rung");
    player::HomeScreen screen(
        name, rows,
        {.artwork = artwork,
         .focus =
             [&](const HomeTile& tile) {
               if (heads) heads->guess(choices.probabilities(tile.title));
             },
         .rest =
             [&](const HomeTile& tile) {
               log.tell(EventKind::focus, catalogue.titles()[tile.title].id);
             },
         .search =
             [&](const std::string& text) { return tiles_of(catalogue, text, programme.signs()); },
         .sought = [&](const std::string& text) { log.tell(EventKind::search, {}, text); },
         .sign = [&](const HomeTile& tile,
                     player::TitleSign sign) { tell_sign(log, catalogue, tile.title, sign); }});
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
  const auto flags = std::make_shared<HomeFlags>();
  CLI::App* const command =
      app.add_subcommand("home", "A catalogue in a window: choose a title and play it.");
  command->add_option("FEED", flags->catalogue, "A file, or an http or https URL")->required();
  command->add_option("--model", flags->model, "What `rung recommend train` wrote");
  command->add_option("--user", flags->viewer, "Who watches, for the event log")
      ->capture_default_str();
  command->add_option("--device", flags->device,
                      "What they watch on, as tv or phone, for the event log and the model");
  command->add_flag("--private", flags->private_viewing,
                    "Keep nothing of this on the disk, and know nothing of the viewer");
  command->add_flag("--no-autoplay", flags->no_autoplay, "Return at the end of a title");
  command->add_flag("--no-explore", flags->no_exploration,
                    "Leave the order of the likely titles to the model, without chance");
  command->add_option("--seed", flags->seed, "Of the chance in the order of the likely titles");
  command->add_flag("--no-prefetch", flags->no_prefetch, "Fetch nothing ahead");
  command->add_flag("--metered", flags->metered, "Every byte is paid for: fetch less ahead");
  command->add_flag("--full-screen", flags->full_screen, "Fill the screen");
  command->add_option("--policy", flags->policy, "ABR policy")->capture_default_str();
  command->add_flag("--json", flags->json, "Print the report of each title as JSON");
  add_cache_size_option(*command, *flags);
  add_http_flags(*command, flags->http);
  command->footer(
      "Keys: arrows or the pointer choose, Enter or a click plays, Esc returns from a title and\n"
      "leaves; / looks for titles, b keeps one in the list or takes it out, + likes it, - wants\n"
      "less of it. Titles play as in `rung play --catalogue`.");
  command->callback([flags, &status] { status = home(*flags); });
}

}  // namespace rung::cli
