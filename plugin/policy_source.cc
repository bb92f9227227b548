#include "plugin/policy_source.h"

#include <utility>

#include "abr/policies/pensieve_policy.h"
#include "plugin/network_file.h"
#include "plugin/shared_object_policy.h"

namespace rung::plugin {
namespace {

constexpr std::string_view ending = ".so";
constexpr std::string_view pensieve = "pensieve";
constexpr std::string_view pipe = "pipe:";
constexpr std::string_view pensieve_with_folder = "pensieve:";

/// A name of the form PATH.so or PATH.so:PARAMETERS.
struct ObjectName {
  std::string path;
  std::string parameters;
};

ObjectName parse_object_name(std::string_view name) {
  const auto colon = name.find(".so:");
  if (colon == std::string_view::npos) return {std::string(name), {}};
  const auto end = colon + ending.size();
  return {std::string(name.substr(0, end)), std::string(name.substr(end + 1))};
}

}  // namespace

bool PolicySource::is_external(std::string_view name) {
  return name.starts_with(pensieve_with_folder) || name.starts_with(pipe) ||
         name.ends_with(ending) || name.find(".so:") != std::string_view::npos ||
         name.find('/') != std::string_view::npos;
}

Expected<std::unique_ptr<abr::Policy>> PolicySource::make(std::string_view name,
                                                          const abr::PolicyOptions& options) {
  if (name == pensieve || name == pensieve_with_folder)
    return failure(ErrorCode::invalid_argument,
                   "policy pensieve needs the folder of its network: pensieve:FOLDER");
  if (name.starts_with(pensieve_with_folder)) {
    auto loaded = network(std::string(name.substr(pensieve_with_folder.size())));
    if (!loaded) return tl::unexpected(loaded.error());
    return std::make_unique<abr::PensievePolicy>(*std::move(loaded));
  }
  if (name.starts_with(pipe)) {
    std::string command(name.substr(pipe.size()));
    auto program = programs_->take(command);
    if (!program) return tl::unexpected(program.error());
    return std::make_unique<PipePolicy>(programs_, std::move(command), *std::move(program), options,
                                        answer_time_);
  }
  if (!is_external(name)) return abr::make_policy(name, options);
  ObjectName parsed = parse_object_name(name);
  auto loaded = object(parsed.path);
  if (!loaded) return tl::unexpected(loaded.error());
  return std::make_unique<SharedObjectPolicy>(*std::move(loaded), std::move(parsed.parameters),
                                              options);
}

Expected<std::shared_ptr<const SharedObject>> PolicySource::object(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = objects_.find(path); known != objects_.end()) return known->second;
  auto loaded = SharedObject::load(path);
  if (loaded) objects_.emplace(path, *loaded);
  return loaded;
}

Expected<std::shared_ptr<const abr::PensieveNetwork>> PolicySource::network(
    const std::string& folder) {
  const std::scoped_lock lock(mutex_);
  if (const auto known = networks_.find(folder); known != networks_.end()) return known->second;
  auto loaded = load_pensieve_network(folder);
  if (!loaded) return tl::unexpected(loaded.error());
  auto shared = std::make_shared<const abr::PensieveNetwork>(*std::move(loaded));
  networks_.emplace(folder, shared);
  return shared;
}

}  // namespace rung::plugin
