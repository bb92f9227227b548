#include "plugin/shared_object.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "plugin/crash_notice.h"

namespace rung::plugin {
namespace {

Error loader_error(const std::string& path) {
  const char* const told = ::dlerror();
  std::string message = told != nullptr ? told : "unknown error of the loader";
  // The loader begins most of its sentences with the path.
  if (message.starts_with(path + ": ")) message.erase(0, path.size() + 2);
  return {ErrorCode::invalid_argument, "cannot be loaded: " + message, path};
}

/// What the object's one function returns.
Expected<const rung_policy_plugin_table*> ask_for_table(rung_policy_plugin_function function,
                                                        const std::string& path) {
  const rung_policy_plugin_table* table = nullptr;
  try {
    const CrashNotice notice(path.c_str(), RUNG_POLICY_PLUGIN_SYMBOL);
    table = function();
  } catch (...) {
    return failure(ErrorCode::invalid_argument, "threw an exception while it was loaded", path);
  }
  if (table == nullptr)
    return failure(ErrorCode::invalid_argument, RUNG_POLICY_PLUGIN_SYMBOL "() returned null", path);
  return table;
}

}  // namespace

Expected<std::shared_ptr<const SharedObject>> SharedObject::load(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    return failure(ErrorCode::not_found, "there is no such shared object", path);
  // Without a slash the loader would search elsewhere.
  const std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  void* const object = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr) return tl::unexpected(loader_error(file));
  void* const symbol = ::dlsym(object, RUNG_POLICY_PLUGIN_SYMBOL);
  if (symbol == nullptr)
    return failure(ErrorCode::invalid_argument,
                   "exports no " RUNG_POLICY_PLUGIN_SYMBOL
                   "(); see plugin/policy_abi.h (C++ needs RUNG_POLICY_EXPORT)",
                   path);
  rung_policy_plugin_function function = nullptr;
  std::memcpy(&function, &symbol, sizeof function);
  CrashNotice::install();
  const auto told = ask_for_table(function, path);
  if (!told) return tl::unexpected(told.error());
  const rung_policy_plugin_table* const table = *told;
  if (table->abi_version != RUNG_POLICY_ABI_VERSION)
    return failure(ErrorCode::invalid_argument,
                   "was built for version " + std::to_string(table->abi_version) +
                       " of the policy interface; this Rung has version " +
                       std::to_string(RUNG_POLICY_ABI_VERSION) + ", so build it again",
                   path);
  constexpr std::size_t least = offsetof(rung_policy_plugin_table, reconsider);
  if (table->struct_size < least)
    return failure(ErrorCode::invalid_argument,
                   "its table says that it has " + std::to_string(table->struct_size) +
                       " bytes, fewer than the " + std::to_string(least) + " of version 1",
                   path);
  rung_policy_plugin_table known{};
  std::memcpy(&known, table, std::min<std::size_t>(table->struct_size, sizeof known));
  if (known.create == nullptr || known.choose == nullptr || known.destroy == nullptr)
    return failure(ErrorCode::invalid_argument, "its table must have create, choose and destroy",
                   path);
  return std::shared_ptr<const SharedObject>(
      std::unique_ptr<const SharedObject>(new SharedObject(path, known)));
}

SharedObject::SharedObject(std::string path, const rung_policy_plugin_table& table)
    : path_(std::move(path)), table_(table) {}

}  // namespace rung::plugin
