#include "cli/sweep_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "abr/estimator_factory.h"
#include "abr/qoe.h"
#include "cli/files.h"
#include "cli/simulated_title.h"
#include "core/limits.h"
#include "core/time.h"
#include "media/track.h"
#include "network_sim/bottleneck.h"
#include "network_sim/live_title.h"
#include "network_sim/parse_trace.h"
#include "session/session_options.h"

namespace rung::cli {

using network_sim::LinkCapacity;

Expected<SweepSetup> set_up_sweep(const SweepSettings& settings,
                                  const std::shared_ptr<plugin::PolicySource>& source) {
  SweepSetup setup;
  network_sim::Sweep& sweep = setup.sweep;
  setup.overhead = settings.overhead;
  setup.length = settings.length;
  setup.capacity_factor = settings.capacity_factor;
  sweep.policies = settings.policies;
  sweep.sessions = settings.sessions;
  sweep.stagger = settings.stagger;
  sweep.estimator = settings.estimator;
  sweep.seeds = settings.seeds;
  sweep.make_policy = [source](std::string_view name, const abr::PolicyOptions& wanted) {
    return source->make(name, wanted);
  };
  if (!settings.profile.empty()) {
    const auto found = network_sim::find_profile(settings.profile);
    if (!found) return tl::unexpected(found.error());
    setup.profile = *found;
    network_sim::adopt(**found, sweep);
  }
  if (settings.rtt) sweep.default_rtt = *settings.rtt;
  if (settings.buffer) sweep.session.buffer_capacity = *settings.buffer;
  if (settings.startup) sweep.session.startup_level = *settings.startup;
  if (settings.resume) sweep.session.resume_level = *settings.resume;
  sweep.session.upgrade_share = settings.upgrade_share;
  if (settings.abandonment) sweep.session.abandonment = *settings.abandonment;
  if (sweep.session.abandonment)  // Where a profile never looks at running transfers.
    sweep.session.progress_every =
        std::min(sweep.session.progress_every, session::SessionOptions().progress_every);
  sweep.live_delay = settings.live_delay;
  sweep.live_chunk = settings.live_chunk;
  if (settings.rampup && (setup.profile == nullptr || setup.profile->totals.empty()))
    return failure(ErrorCode::invalid_argument, "goes with --profile sabre alone", "--rampup");
  sweep.rampup = settings.rampup;
  if (settings.seek) {
    const auto [when, to] = *settings.seek;
    setup.seek_to = MediaTime(to);
    if (setup.profile != nullptr && setup.profile->seeks_by_fetched) {
      sweep.session.seek =
          session::SessionOptions::Seek{.fetched = MediaTime(when), .to = MediaTime(to)};
    } else {
      sweep.viewer.emplace_back(session::ViewerSought{.at = Timestamp(when), .to = MediaTime(to)});
    }
  }
  if (settings.live_delay && !settings.profile.empty())
    return failure(ErrorCode::invalid_argument,
                   "live titles do not go with the profile of another simulator");
  if (settings.qoe) {
    const auto model = abr::parse_qoe_model(*settings.qoe);
    if (!model)
      return failure(ErrorCode::invalid_argument,
                     "\"qoe\" is none of lin, log, hd, ssim and vmaf: " + *settings.qoe);
    abr::Qoe qoe = abr::Qoe::of(*model);
    if (sweep.session.qoe.startup_penalty == 0) qoe.startup_penalty = 0;
    sweep.session.qoe = qoe;
  }
  for (const std::string& mix : settings.policies)
    for (const std::string& policy : sweep.sessions > 1
                                         ? network_sim::policies_of(mix, sweep.sessions)
                                         : std::vector<std::string>{mix}) {
      if (settings.live_delay && policy == network_sim::oracle_policy)
        return failure(ErrorCode::invalid_argument,
                       "a policy that plans for the whole title does not go with live ones",
                       policy);
      if (policy == network_sim::oracle_policy) {
        if (settings.seek)
          return failure(ErrorCode::invalid_argument, "the oracle plans for viewers who never seek",
                         policy);
        continue;
      }
      if (const auto known = sweep.knows(policy); !known) return tl::unexpected(known.error());
    }
  if (settings.estimator)
    if (const auto made = abr::make_estimator(*settings.estimator); !made)
      return tl::unexpected(made.error());
  return setup;
}

Expected<void> add_title(SweepSetup& setup, const std::string& path, const std::string& name) {
  auto title = load_simulated_title(
      path, {.most_segments = setup.profile ? setup.profile->most_segments : std::nullopt,
             .length = setup.length});
  if (!title) return tl::unexpected(title.error());
  if (setup.sweep.rampup)
    if (const std::size_t rungs =
            (title->known.video ? title->known.video : title->known.audio)->ladder(0).size();
        *setup.sweep.rampup >= rungs)
      return failure(ErrorCode::invalid_argument,
                     "there are but " + std::to_string(rungs) +
                         " representations here for --rampup, which counts from 0",
                     name);
  if (const MediaTime end = media::end_of(title->known); setup.seek_to && *setup.seek_to >= end)
    return failure(ErrorCode::invalid_argument,
                   fmt::format("--seek must lead into the title, which ends at {} s",
                               to_seconds(end.time_since_epoch())),
                   name);
  if (const auto fits = session::validate(setup.sweep.session, title->known); !fits)
    return failure(fits.error().code, fits.error().message, name);
  if (setup.sweep.live_delay)
    if (const auto live =
            network_sim::live_title(title->known, *setup.sweep.live_delay, setup.sweep.live_chunk);
        !live)
      return failure(live.error().code, live.error().message, name);
  title->name = name;
  setup.sweep.titles.push_back(*std::move(title));
  return {};
}

Expected<void> add_link(SweepSetup& setup, const std::string& path, const std::string& name) {
  const auto text = read_file(path, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  const double share = setup.capacity_factor / (1 + setup.overhead);
  const auto cost = [&](LinkCapacity::Amount bare) {
    return LinkCapacity::with_headers(setup.overhead,
                                      LinkCapacity::with_factor(setup.capacity_factor, bare));
  };
  if (setup.profile != nullptr) {
    auto link = setup.profile->read_link(*text, name, std::nullopt);
    if (!link) return tl::unexpected(link.error());
    setup.sweep.links.emplace_back(link->trace(), cost(link->cost_of_byte()), share);
    return {};
  }
  auto trace = network_sim::parse_trace(*text, name);
  if (!trace) return tl::unexpected(trace.error());
  setup.sweep.links.emplace_back(*std::move(trace), cost(LinkCapacity::per_byte), share);
  return {};
}

}  // namespace rung::cli
