#include "abr/policy.h"

#include <array>
#include <utility>

#include "abr/abandonment.h"
#include "core/check.h"

namespace rung::abr {

namespace {

constexpr std::array<std::pair<Reason, std::string_view>, 14> reason_names{{
    {Reason::fixed, "fixed"},
    {Reason::startup_unknown, "startup-unknown"},
    {Reason::startup_delay, "startup-delay"},
    {Reason::throughput, "throughput"},
    {Reason::buffer, "buffer"},
    {Reason::hysteresis, "hysteresis"},
    {Reason::plan, "plan"},
    {Reason::insufficient_buffer, "insufficient-buffer"},
    {Reason::retry_lower, "retry-lower"},
    {Reason::abandoned, "abandoned"},
    {Reason::audio_share, "audio-share"},
    {Reason::prefetched, "prefetched"},
    {Reason::external, "external"},
    {Reason::upgrade, "upgrade"},
}};

}  // namespace

std::string_view to_string(Reason reason) {
  for (const auto& [value, name] : reason_names)
    if (value == reason) return name;
  RUNG_CHECK(false);
}

std::optional<Reason> parse_reason(std::string_view text) {
  for (const auto& [value, name] : reason_names)
    if (name == text) return value;
  return std::nullopt;
}

std::optional<RepresentationIndex> Policy::reconsider(const TransferContext& context) {
  return abandon_late_transfer(context);
}

void Policy::observe(const TransferSample&) {}

void Policy::on_seek() {}

std::optional<Error> Policy::failure() const { return std::nullopt; }

}  // namespace rung::abr
