#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "abr/policy_factory.h"
#include "cli/http_flags.h"
#include "cli/policy_timeout.h"
#include "cli/programme.h"
#include "cli/start_place.h"
#include "cli/state_files.h"
#include "cli/stop_on_signal.h"
#include "cli/viewing_log.h"
#include "core/expected.h"
#include "player/head_cache.h"
#include "player/http_client.h"
#include "player/player.h"
#include "player/scenario.h"
#include "player/title_prefetcher.h"
#include "recommend/catalogue.h"
#include "recommend/recommender.h"

// What `rung play` and `rung home` have in common.

namespace rung::cli {

struct PlayFlags {
  std::vector<std::string> urls;  ///< In the order in which they are played.
  std::string policy{abr::default_policy};
  std::string estimator;  ///< Empty: the policy's own.
  std::string session_log;
  std::string scenario;
  std::string config;   ///< Empty: the default one, where there is one.
  std::string profile;  ///< Of that file; empty: what it says itself.
  std::string audio_language;
  std::string subtitles;  ///< A language, a track's name or "off"; empty: forced ones alone.
  std::optional<int> max_height;
  std::optional<int> max_kbps;
  bool data_saver = false;
  std::optional<double> latency_seconds;
  std::vector<std::string> keys;  ///< "ID:KEY" of protected media.
  HttpFlags http;
  StartFlags start;
  double buffer_seconds = 30;
  double upgrade_percent = 0;
  double policy_timeout = default_policy_timeout;
  int volume = 100;
  std::string catalogue;  ///< Empty: `urls` are URLs.
  std::string model;
  std::string viewer{default_viewer};
  std::string device;  ///< Empty: not told.
  std::size_t titles = 0;
  bool private_viewing = false;
  bool no_autoplay = false;
  bool no_prefetch = false;
  bool metered = false;
  std::optional<int> cache_size;  ///< In MB; empty: as usual.
  bool headless = false;
  bool full_screen = false;
  bool json = false;
};

[[nodiscard]] player::PlayerOptions player_options(const PlayFlags& flags);

void add_cache_size_option(CLI::App& command, PlayFlags& flags);

/// Where heads are kept for a later run; null where they are not: in private, without fetching
/// ahead, with header fields or cookies (what is fetched with these is not for everybody), and
/// headless unless a size is given.
[[nodiscard]] std::unique_ptr<player::HeadCache> kept_heads(const PlayFlags& flags);

/// Of titles that may come next, where they were left; only where that is remembered.
void begin_where_left(std::vector<player::NextTitle>& titles, const PlayFlags& flags);

/// What a catalogue's programme is made of, in the order in which it is needed. A resource.
struct CatalogueParts {
  recommend::Catalogue catalogue;
  std::optional<recommend::Recommender> model;
  ViewingLog log;
};
[[nodiscard]] Expected<std::unique_ptr<CatalogueParts>> catalogue_parts(
    const PlayFlags& flags, const player::HttpClient::Options& http);

/// Plays what the programme has, from its title on, whose head may be in `options`; leaves the
/// window there. The exit status.
[[nodiscard]] int play_all(player::PlayerOptions& options, const PlayFlags& flags,
                           Programme& programme, std::optional<player::Scenario> scenario,
                           const StopOnSignal& stop);

}  // namespace rung::cli
