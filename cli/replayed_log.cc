#include "cli/replayed_log.h"

#include <utility>

#include "abr/estimator_factory.h"
#include "session/recorded_session.h"
#include "session/run.h"
#include "session/streaming_session.h"

namespace rung::cli {

Expected<ReplayedLog> replay_log(std::string_view text, const std::string& name,
                                 const std::optional<std::string>& wanted,
                                 plugin::PolicySource& source, session::Timeline* timeline) {
  const auto recording = session::parse_session_log(text, name);
  if (!recording) return tl::unexpected(recording.error());
  const session::SessionSetup& setup = recording->setup;

  // Whatever is wrong with what a log names is wrong with the log.
  const auto in_log = [&](Error error) {
    if (error.code != ErrorCode::refused) error.code = ErrorCode::malformed;
    error.where = name + " line 1";
    return tl::unexpected(std::move(error));
  };
  const auto options = session::validate(setup.options, setup.tracks);
  if (!options) return in_log(options.error());
  // A log may come from anywhere: what it names is not run because it names it.
  if (!wanted && plugin::PolicySource::is_external(setup.policy))
    return in_log(
        {ErrorCode::refused,
         "the policy \"" + setup.policy + "\" is outside Rung; to run it, name it with --policy",
         {}});
  ReplayedLog replayed{.title = setup.title,
                       .policy = wanted.value_or(setup.policy),
                       .estimator = setup.estimator,
                       .divergence = {}};
  auto policy = source.make(replayed.policy, {.qoe = options->qoe, .seed = options->seed});
  if (!policy) {
    if (wanted) return tl::unexpected(policy.error());
    return in_log(policy.error());
  }
  const abr::Policy& asked = **policy;
  auto estimator = abr::make_estimator(setup.estimator);
  if (!estimator) return in_log(estimator.error());

  session::StreamingSession session(setup.tracks, *options, *std::move(policy),
                                    *std::move(estimator));
  session.hold(setup.held);
  session::ReplayEnvironment environment(*recording);
  session::ReplayedSession replays(session, environment);
  if (timeline != nullptr) {
    session::TimelineRecordingEnvironment drawing(environment, session, *timeline);
    session::run(replays, drawing);
    drawing.finish();
  } else {
    session::run(replays, environment);
  }
  if (auto lost = asked.failure()) return tl::unexpected(*std::move(lost));
  replayed.matched = environment.matched();
  replayed.divergence = environment.divergence();
  return replayed;
}

}  // namespace rung::cli
