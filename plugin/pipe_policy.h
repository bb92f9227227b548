#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "abr/policy.h"
#include "abr/policy_factory.h"
#include "core/expected.h"
#include "core/id.h"
#include "core/time.h"
#include "plugin/child_program.h"

namespace rung::plugin {

/// The version of what is said over the pipe (docs/bring-your-own.md). Members that are added to a
/// line do not change it.
inline constexpr int pipe_protocol = 1;

/// Programs that wait for their next session, by command. As many run as sessions did at once.
/// Threads may share one. A resource.
class IdlePrograms {
 public:
  /// One that waits, or a new one; fails as ChildProgram::start() does.
  [[nodiscard]] Expected<std::unique_ptr<ChildProgram>> take(const std::string& command);
  void give_back(const std::string& command, std::unique_ptr<ChildProgram> program);

 private:
  std::mutex mutex_;
  std::multimap<std::string, std::unique_ptr<ChildProgram>> idle_;
};

/// A policy in a program of its own, asked over a pipe. The first line that is late or wrong is the
/// last one: see failure().
class PipePolicy final : public abr::Policy {
 public:
  /// `answer_time` bounds each answer; the first may take limits::policy_start_time if that is
  /// more.
  PipePolicy(std::shared_ptr<IdlePrograms> idle, std::string command,
             std::unique_ptr<ChildProgram> program, const abr::PolicyOptions& options,
             Duration answer_time);
  ~PipePolicy() override;

  [[nodiscard]] abr::Decision choose(const abr::DecisionContext& context) override;
  void observe(const abr::TransferSample& sample) override;
  void on_seek() override;
  [[nodiscard]] std::optional<Error> failure() const override { return failure_; }

 private:
  [[nodiscard]] Error malformed(std::string message) const;
  /// Fails where the title is too large to tell.
  [[nodiscard]] Expected<void> check_size(const media::Track& track) const;
  /// Tells the title and hears that the program speaks our protocol.
  [[nodiscard]] Expected<void> introduce(const abr::DecisionContext& context);
  /// The program knows the track as it is now.
  void keep_told(const media::Track& track);
  /// Tells what has been added to a live title since it was told of it, and of its last segment
  /// where that turned out to be of another length.
  [[nodiscard]] Expected<void> tell_growth(const media::Track& track);
  [[nodiscard]] Expected<abr::Decision> ask(const abr::DecisionContext& context);

  std::shared_ptr<IdlePrograms> idle_;
  std::string command_;
  std::unique_ptr<ChildProgram> program_;  ///< None once it failed.
  abr::PolicyOptions options_;
  Duration answer_time_;
  bool introduced_ = false;
  SegmentNumber told_ = 0;    ///< Segments that the program knows of,
  Duration last_duration_{};  ///< and how long it takes the last of them to be.
  bool sought_ = false;
  std::vector<abr::TransferSample> transfers_;  ///< Since the last decision.
  std::optional<Error> failure_;
};

}  // namespace rung::plugin
