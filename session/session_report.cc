#include "session/session_report.h"

#include "core/check.h"

namespace rung::session {

std::string_view to_string(EndReason reason) {
  switch (reason) {
    case EndReason::running:
      return "running";
    case EndReason::played_out:
      return "ended";
    case EndReason::viewer_left:
      return "viewer-left";
    case EndReason::network_failure:
      return "network-failure";
    case EndReason::time_limit:
      return "time-limit";
  }
  RUNG_CHECK(false);
}

}  // namespace rung::session
