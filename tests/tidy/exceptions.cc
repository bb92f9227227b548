#include "tests/tidy/rules.h"

namespace rung::tidy {
namespace {

constexpr auto accepted = std::to_array<Exception>({
    {"include", "core/check.h", "says on the error output which invariant broke, then aborts"},
    {"include", "media/json_text.h", "not installed: only sources of its room include it"},
    {"test", "media/json_text.h", "tested through its readers, in ladder_test.cc above all"},
    {"test", "media/package/encode_lanes.h", "tested through the packager in package_test.cc"},
    {"test", "media/package/stream_reader.h", "tested through the packager in package_test.cc"},
    {"test", "network_sim/emulator/connection.h", "tested through the origin in origin_test.cc"},
    {"test", "player/http_exchange.h", "tested through the client in http_client_test.cc"},
    {"test", "network_sim/trace_formats/", "tested through parse_trace in parse_trace_test.cc"},
});

}  // namespace

std::span<const Exception> exceptions() { return accepted; }

}  // namespace rung::tidy
