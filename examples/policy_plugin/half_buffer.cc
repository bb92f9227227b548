#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "plugin/policy_abi.h"

// A policy in a shared object: the highest representation that arrives, as forecast, before half of
// the buffer has been played; the lowest where nothing is known. `--policy half_buffer.so:0.3` says
// another share than half.

namespace {

class HalfBuffer {
 public:
  HalfBuffer(const rung_policy_session& session, double share)
      : host_(*session.host), title_(session.title), share_(share) {}

  int choose(const rung_policy_situation& now) const {
    if (now.forecast_bps == 0) return 0;
    const double bound = share_ * seconds(now.buffer_level_ns);
    int best = 0;
    for (int rung = 1; rung < host_.representation_count(title_, now.segment); ++rung) {
      const auto size = static_cast<double>(host_.segment_size(title_, now.segment, rung));
      const double arrival =
          seconds(now.forecast_latency_ns) + 8 * size / static_cast<double>(now.forecast_bps);
      if (arrival <= bound) best = rung;
    }
    return best;
  }

 private:
  static double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

  const rung_policy_host& host_;
  const rung_policy_title* title_;
  double share_;
};

void* create(const rung_policy_session* session, char* error, std::size_t room) {
  double share = 0.5;
  if (*session->parameters != '\0') {
    char* end = nullptr;
    share = std::strtod(session->parameters, &end);
    if (*end != '\0' || !(share > 0 && share <= 1)) {
      std::snprintf(error, room, "the share of the buffer lies in (0, 1], not '%s'",
                    session->parameters);
      return nullptr;
    }
  }
  return std::make_unique<HalfBuffer>(*session, share).release();
}

std::int32_t choose(void* policy, const rung_policy_situation* situation,
                    rung_policy_decision* decision) {
  decision->representation = static_cast<const HalfBuffer*>(policy)->choose(*situation);
  return 0;
}

void destroy(void* policy) {
  std::unique_ptr<HalfBuffer>(static_cast<HalfBuffer*>(policy)).reset();
}

constexpr rung_policy_plugin_table table{RUNG_POLICY_ABI_VERSION,
                                         sizeof(rung_policy_plugin_table),
                                         create,
                                         choose,
                                         destroy,
                                         nullptr,
                                         nullptr,
                                         nullptr,
                                         nullptr};

}  // namespace

RUNG_POLICY_EXPORT const rung_policy_plugin_table* rung_policy_plugin() { return &table; }
