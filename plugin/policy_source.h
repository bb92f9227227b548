#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "abr/pensieve_network.h"
#include "abr/policy.h"
#include "abr/policy_factory.h"
#include "core/expected.h"
#include "core/limits.h"
#include "core/time.h"
#include "plugin/pipe_policy.h"
#include "plugin/shared_object.h"

namespace rung::plugin {

/// Makes policies by name: those of abr/policy_factory.h, those whose trained network is a file,
/// and those from outside Rung (docs/bring-your-own.md). Each file is loaded once. Threads may
/// share one. A resource; what it made may outlive it.
class PolicySource {
 public:
  /// `answer_time` bounds each answer of a policy in a program of its own.
  explicit PolicySource(Duration answer_time = limits::policy_answer_time)
      : answer_time_(answer_time) {}
  PolicySource(const PolicySource&) = delete;
  PolicySource& operator=(const PolicySource&) = delete;

  /// Whether the name stands for something outside Rung: code ("my.so", "./my.so:PARAMETERS"), a
  /// program ("pipe:COMMAND") or the file of a network ("pensieve:FOLDER").
  [[nodiscard]] static bool is_external(std::string_view name);

  /// A new policy; fails as abr::make_policy(), SharedObject::load(), ChildProgram::start() and
  /// load_pensieve_network() do.
  [[nodiscard]] Expected<std::unique_ptr<abr::Policy>> make(std::string_view name,
                                                            const abr::PolicyOptions& options);

 private:
  [[nodiscard]] Expected<std::shared_ptr<const SharedObject>> object(const std::string& path);

  [[nodiscard]] Expected<std::shared_ptr<const abr::PensieveNetwork>> network(
      const std::string& folder);

  Duration answer_time_;
  std::shared_ptr<IdlePrograms> programs_ = std::make_shared<IdlePrograms>();
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const SharedObject>> objects_;
  std::map<std::string, std::shared_ptr<const abr::PensieveNetwork>> networks_;
};

}  // namespace rung::plugin
