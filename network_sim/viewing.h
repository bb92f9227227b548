#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/expected.h"
#include "core/time.h"
#include "core/units.h"
#include "network_sim/link_capacity.h"
#include "network_sim/scenario.h"
#include "prefetch/policy.h"
#include "prefetch/prefetching_session.h"
#include "session/session_options.h"
#include "session/session_report.h"

namespace rung::network_sim {

/// How people go from title to title; docs/prefetch.md has the numbers.
enum class ViewingMode : std::uint8_t {
  series,     ///< Episodes in order, mostly seen to their end.
  catalogue,  ///< A page of titles, of which the viewer takes one by taste.
  feed,       ///< Short looks at clips in an order, with a small buffer.
  music,      ///< A play list of songs, some skipped.
};
[[nodiscard]] std::string_view to_string(ViewingMode mode);
/// not_found where there is none of that name.
[[nodiscard]] Expected<ViewingMode> parse_viewing_mode(std::string_view name);

/// One viewer's way through some titles: the same for every policy. A value.
struct Viewing {
  /// A title and what the viewer does with it.
  struct Visit {
    std::size_t title = 0;  ///< Among those of the scenario.
    Duration stays{};       ///< From the wish to see it to the wish for the next one.
    /// Where the viewer may go from here, with what policies are told of it; empty at the last one.
    std::vector<prefetch::Candidate> candidates;
    std::vector<std::size_t> titles;  ///< Of the candidates.
    std::size_t next = 0;             ///< The candidate that the viewer goes to.
  };
  std::vector<Visit> visits;
  /// For how long other viewers stayed, ascending.
  std::vector<Duration> others_stayed;
};

struct ViewingDraw {
  ViewingMode mode{};
  std::size_t titles = 1;   ///< There are so many, at least one.
  Duration title_length{};  ///< Of the shortest one.
  double misstated = 0;     ///< Told probabilities are off by this share, up or down.
  std::uint64_t seed = 1;
};

/// Draws one. Probabilities and leaving times that policies are told come from other viewers, drawn
/// from the same seed's other stream; never from this one's.
[[nodiscard]] Viewing draw_viewing(const ViewingDraw& draw);

/// The buffer that a player of that mode keeps.
[[nodiscard]] Duration buffer_capacity_of(ViewingMode mode);
/// Songs in place of films: 180 s in three bitrates, sound only.
[[nodiscard]] SimulatedTitle song();

struct ViewingScenario {
  const LinkCapacity& link;
  std::span<const SimulatedTitle> titles;
  const Viewing& viewing;
  session::SessionOptions session;
  std::string policy;     ///< ABR.
  std::string estimator;  ///< As well.
  Duration default_rtt{};
  ByteCount manifest_size{12'000};
  ByteCount head_size{300};
  prefetch::PrefetchingSession::Options prefetch;
};

/// What a viewing came to.
struct ViewingOutcome {
  /// From the wish to the first picture, of every title but the first.
  std::vector<Duration> startups;
  session::SessionReport running;  ///< Of the first title: nothing else changes its start.
  double seen_kbps = 0;            ///< Of the same, without what was fetched and not shown.
  ByteCount received;              ///< In all sessions, prefetches included, used or not.
  prefetch::PrefetchReport prefetches;
  ByteCount used;  ///< Of what was prefetched.
};

/// Runs the titles one after the other on one link, each in the session that plays (session/run.h),
/// with the prefetch policy of that name. Fails on unknown names and options that fit no title. A
/// function of its arguments alone.
[[nodiscard]] Expected<ViewingOutcome> simulate_viewing(const ViewingScenario& scenario,
                                                        std::string_view prefetch_policy);

}  // namespace rung::network_sim
