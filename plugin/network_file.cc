#include "plugin/network_file.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "core/limits.h"

namespace rung::plugin {
namespace {

Expected<std::string> read_small_file(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return failure(ErrorCode::not_found, "there is no such file", path);
  std::ifstream file(path, std::ios::binary);
  // One byte more than may be there tells whether there is more.
  std::string text(static_cast<std::size_t>(limits::network_file_size.bytes()) + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.gcount() == 0))
    return failure(ErrorCode::io, "cannot be read", path);
  const auto count = static_cast<std::size_t>(file.gcount());
  if (count == text.size()) return failure(ErrorCode::limit_exceeded, "is larger than 4 MiB", path);
  text.resize(count);
  return text;
}

}  // namespace

Expected<abr::PensieveNetwork> load_pensieve_network(const std::string& folder) {
  const auto manifest = read_small_file(folder + "/actor_manifest.json");
  if (!manifest) return tl::unexpected(manifest.error());
  const auto parameters = read_small_file(folder + "/actor_f32le.bin");
  if (!parameters) return tl::unexpected(parameters.error());
  return abr::PensieveNetwork::create(*manifest, *parameters, folder);
}

}  // namespace rung::plugin
