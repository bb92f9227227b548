#pragma once

#include <string>

#include "abr/pensieve_network.h"
#include "core/expected.h"

namespace rung::plugin {

/// Pensieve's network from a folder with actor_manifest.json and actor_f32le.bin. Fails with
/// not_found, io or limit_exceeded (limits::network_file_size) and the file, and as
/// PensieveNetwork::create() does.
[[nodiscard]] Expected<abr::PensieveNetwork> load_pensieve_network(const std::string& folder);

}  // namespace rung::plugin
