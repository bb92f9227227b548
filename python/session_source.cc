#include "python/session_source.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "cli/number_range.h"
#include "cli/sweep_setup.h"
#include "cli/trace_files.h"
#include "core/time.h"
#include "plugin/policy_source.h"

namespace rung::python {
namespace {

/// What the flag of this name says of the value.
Expected<void> check(const char* name, std::optional<double> value, const CLI::Validator& flag) {
  if (!value) return {};
  const std::string wrong = flag(fmt::format("{}", *value));
  if (!wrong.empty()) return failure(ErrorCode::invalid_argument, wrong, name);
  return {};
}

Expected<void> check(const SessionSettings& settings) {
  for (const Expected<void>& checked :
       {check("buffer", settings.buffer, cli::buffer_seconds()),
        check("startup", settings.startup, cli::buffer_seconds()),
        check("resume", settings.resume, cli::buffer_seconds()),
        check("rtt", settings.rtt, cli::rtt_milliseconds()),
        check("overhead", settings.overhead, cli::overhead_percent())})
    if (!checked) return checked;
  return {};
}

std::optional<Duration> duration(std::optional<double> value, double unit = 1) {
  if (!value) return std::nullopt;
  return from_seconds(*value * unit);
}

}  // namespace

Expected<network_sim::Sweep> make_sweep(const std::vector<std::string>& titles,
                                        const std::vector<std::string>& traces,
                                        const std::vector<std::string>& policies,
                                        const std::vector<std::uint64_t>& seeds,
                                        const SessionSettings& settings) {
  if (const auto checked = check(settings); !checked) return tl::unexpected(checked.error());
  for (const auto& [name, empty] : {std::pair{"titles", titles.empty()},
                                    {"traces", traces.empty()},
                                    {"policies", policies.empty()},
                                    {"seeds", seeds.empty()}})
    if (empty) return failure(ErrorCode::invalid_argument, "at least one is needed", name);
  auto setup = cli::set_up_sweep({.profile = settings.profile,
                                  .policies = policies,
                                  .estimator = settings.estimator,
                                  .seeds = seeds,
                                  .buffer = duration(settings.buffer),
                                  .startup = duration(settings.startup),
                                  .resume = duration(settings.resume),
                                  .rtt = duration(settings.rtt, 0.001),
                                  .overhead = settings.overhead.value_or(0) / 100,
                                  .abandonment = settings.abandonment,
                                  .qoe = settings.qoe},
                                 std::make_shared<plugin::PolicySource>());
  if (!setup) return tl::unexpected(setup.error());
  for (const std::string& path : titles)
    if (const auto added = cli::add_title(*setup, path, path); !added)
      return tl::unexpected(added.error());
  const auto files = cli::trace_files(traces);
  if (!files) return tl::unexpected(files.error());
  if (files->empty()) return failure(ErrorCode::not_found, "there is no file here", traces.front());
  for (const std::string& path : *files)
    if (const auto added = cli::add_link(*setup, path, path); !added)
      return tl::unexpected(added.error());
  return std::move(setup->sweep);
}

}  // namespace rung::python
