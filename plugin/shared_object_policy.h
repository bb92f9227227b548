#pragma once

#include <memory>
#include <optional>
#include <string>

#include "abr/policy.h"
#include "abr/policy_factory.h"
#include "plugin/policy_abi.h"
#include "plugin/shared_object.h"

namespace rung::plugin {

/// A policy of a shared object. It is created at the first choice, for only then is the title
/// known. The first call that fails, throws or answers with what does not exist is the last one:
/// see failure().
class SharedObjectPolicy final : public abr::Policy {
 public:
  SharedObjectPolicy(std::shared_ptr<const SharedObject> object, std::string parameters,
                     const abr::PolicyOptions& options);
  ~SharedObjectPolicy() override;

  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& context) override;
  [[nodiscard]] std::optional<RepresentationIndex> reconsider(
      const abr::TransferContext& context) override;
  void observe(const abr::TransferSample& sample) override;
  void on_seek() override;
  [[nodiscard]] std::optional<Error> failure() const override { return failure_; }

 private:
  /// Calls into the object and keeps its exceptions out. False, with failure_ set, where it threw.
  template <typename Call>
  bool guarded(const char* name, const Call& call) const;
  void fail(const char* name, std::string why) const;
  /// explain()'s text behind `status`.
  [[nodiscard]] std::string explained(std::int32_t status) const;
  void create(const abr::DecisionContext& context);
  [[nodiscard]] Expected<abr::Decision> ask(const abr::DecisionContext& context);

  std::shared_ptr<const SharedObject> object_;
  std::string parameters_;
  abr::PolicyOptions options_;
  void* policy_ = nullptr;  ///< The object's; destroyed by it.
  /// A question may fail, too.
  mutable std::optional<Error> failure_;
};

}  // namespace rung::plugin
