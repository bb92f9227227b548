#pragma once

#include <memory>
#include <string>

#include "core/expected.h"
#include "plugin/policy_abi.h"

namespace rung::plugin {

/// A shared object with a policy (plugin/policy_abi.h), loaded until the program ends: code of it
/// may be anywhere, so it is never unloaded. A resource.
class SharedObject {
 public:
  /// Loads `path`. Fails with not_found where there is no such file, and with invalid_argument
  /// where it cannot be loaded, does not export the function, was built for another version of the
  /// interface or offers an incomplete table.
  static Expected<std::shared_ptr<const SharedObject>> load(const std::string& path);
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  /// Members that the object does not know are null.
  [[nodiscard]] const rung_policy_plugin_table& table() const { return table_; }

 private:
  SharedObject(std::string path, const rung_policy_plugin_table& table);

  std::string path_;
  rung_policy_plugin_table table_;
};

}  // namespace rung::plugin
