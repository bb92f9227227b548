#include "cli/sweep_setup.h"

#include <string_view>
#include <utility>

#include "abr/estimator_factory.h"
#include "abr/qoe.h"
#include "cli/files.h"
#include "cli/simulated_title.h"
#include "core/limits.h"
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
  if (settings.abandonment) sweep.session.abandonment = *settings.abandonment;
  sweep.live_delay = settings.live_delay;
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
      if (settings.live_delay &&
          (policy == network_sim::oracle_policy || plugin::PolicySource::is_external(policy)))
        return failure(
            ErrorCode::invalid_argument,
            "a policy that is told of the whole title at once does not go with live ones", policy);
      if (policy == network_sim::oracle_policy) continue;
      if (const auto made = sweep.make_policy(policy, {.qoe = sweep.session.qoe}); !made)
        return tl::unexpected(made.error());
    }
  if (settings.estimator)
    if (const auto made = abr::make_estimator(*settings.estimator); !made)
      return tl::unexpected(made.error());
  return setup;
}

Expected<void> add_title(SweepSetup& setup, const std::string& path, const std::string& name) {
  auto title =
      load_simulated_title(path, setup.profile ? setup.profile->most_segments : std::nullopt);
  if (!title) return tl::unexpected(title.error());
  if (const auto fits = session::validate(setup.sweep.session, title->known); !fits)
    return failure(fits.error().code, fits.error().message, name);
  if (setup.sweep.live_delay)
    if (const auto live = network_sim::live_title(title->known, *setup.sweep.live_delay); !live)
      return failure(live.error().code, live.error().message, name);
  title->name = name;
  setup.sweep.titles.push_back(*std::move(title));
  return {};
}

Expected<void> add_link(SweepSetup& setup, const std::string& path, const std::string& name) {
  const auto text = read_file(path, limits::text_file_size);
  if (!text) return tl::unexpected(text.error());
  if (setup.profile != nullptr) {
    auto link = setup.profile->read_link(*text, name, std::nullopt);
    if (!link) return tl::unexpected(link.error());
    setup.sweep.links.emplace_back(
        link->trace(), LinkCapacity::with_headers(setup.overhead, link->cost_of_byte()));
    return {};
  }
  auto trace = network_sim::parse_trace(*text, name);
  if (!trace) return tl::unexpected(trace.error());
  setup.sweep.links.emplace_back(*std::move(trace), LinkCapacity::with_headers(setup.overhead));
  return {};
}

}  // namespace rung::cli
