#include "plugin/policy_source.h"

#include <utility>

#include "plugin/shared_object_policy.h"

namespace rung::plugin {
namespace {

constexpr std::string_view ending = ".so";

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
  return name.ends_with(ending) || name.find(".so:") != std::string_view::npos ||
         name.find('/') != std::string_view::npos;
}

Expected<std::unique_ptr<abr::Policy>> PolicySource::make(std::string_view name,
                                                          const abr::PolicyOptions& options) {
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

}  // namespace rung::plugin
