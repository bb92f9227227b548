#include "plugin/shared_object_policy.h"

#include <array>
#include <exception>
#include <utility>

#include "media/track.h"
#include "plugin/crash_notice.h"
#include "plugin/external_answer.h"

namespace rung::plugin {
namespace {

const rung_policy_title* as_title(const media::Track& track) {
  return reinterpret_cast<const rung_policy_title*>(&track);
}

const media::Track& as_track(const rung_policy_title* title) {
  return *reinterpret_cast<const media::Track*>(title);
}

bool has(const media::Track& track, std::int64_t segment) {
  return segment >= 0 && segment < track.segment_count();
}

bool has(const media::Track& track, std::int64_t segment, std::int32_t representation) {
  return has(track, segment) && representation >= 0 &&
         static_cast<std::size_t>(representation) < track.ladder(segment).size();
}

std::int64_t segment_count(const rung_policy_title* title) {
  return as_track(title).segment_count();
}

std::int64_t segment_start(const rung_policy_title* title, std::int64_t segment) {
  const media::Track& track = as_track(title);
  return has(track, segment) ? track.start(segment).time_since_epoch().count() : 0;
}

std::int64_t segment_duration(const rung_policy_title* title, std::int64_t segment) {
  const media::Track& track = as_track(title);
  return has(track, segment) ? track.duration(segment).count() : 0;
}

std::int32_t representation_count(const rung_policy_title* title, std::int64_t segment) {
  const media::Track& track = as_track(title);
  return has(track, segment) ? static_cast<std::int32_t>(track.ladder(segment).size()) : 0;
}

std::int64_t bandwidth(const rung_policy_title* title, std::int64_t segment,
                       std::int32_t representation) {
  const media::Track& track = as_track(title);
  if (!has(track, segment, representation)) return 0;
  return track.ladder(segment)[static_cast<std::size_t>(representation)].bits_per_second();
}

std::int32_t height(const rung_policy_title* title, std::int64_t segment,
                    std::int32_t representation) {
  const media::Track& track = as_track(title);
  if (!has(track, segment, representation)) return 0;
  const auto& heights = track.parts()[track.place(segment).part].heights;
  const auto index = static_cast<std::size_t>(representation);
  return index < heights.size() ? heights[index] : 0;
}

std::int64_t segment_size(const rung_policy_title* title, std::int64_t segment,
                          std::int32_t representation) {
  const media::Track& track = as_track(title);
  if (!has(track, segment, representation)) return 0;
  return track.size(segment, static_cast<std::size_t>(representation)).bytes();
}

std::int32_t sizes_known(const rung_policy_title* title) {
  return as_track(title).sizes_known() ? 1 : 0;
}

constexpr rung_policy_host host{
    .abi_version = RUNG_POLICY_ABI_VERSION,
    .struct_size = sizeof(rung_policy_host),
    .segment_count = segment_count,
    .segment_start_ns = segment_start,
    .segment_duration_ns = segment_duration,
    .representation_count = representation_count,
    .bandwidth_bps = bandwidth,
    .height = height,
    .segment_size = segment_size,
    .sizes_known = sizes_known,
};

std::int64_t nanoseconds(Timestamp time) { return time.time_since_epoch().count(); }

std::uint32_t qoe_model(abr::QoeModel model) {
  switch (model) {
    case abr::QoeModel::lin:
      return RUNG_POLICY_QOE_LIN;
    case abr::QoeModel::log:
      return RUNG_POLICY_QOE_LOG;
    case abr::QoeModel::hd:
      return RUNG_POLICY_QOE_HD;
    case abr::QoeModel::ssim:
      return RUNG_POLICY_QOE_SSIM;
    case abr::QoeModel::vmaf:
      return RUNG_POLICY_QOE_VMAF;
  }
  return RUNG_POLICY_QOE_LIN;
}

std::int32_t playback_of(abr::PlaybackState state) {
  switch (state) {
    case abr::PlaybackState::starting:
      return RUNG_POLICY_STARTING;
    case abr::PlaybackState::stalled:
      return RUNG_POLICY_STALLED;
    case abr::PlaybackState::seeking:
      return RUNG_POLICY_SEEKING;
    case abr::PlaybackState::paused:
      return RUNG_POLICY_PAUSED;
    case abr::PlaybackState::playing:
    case abr::PlaybackState::ended:
      break;
  }
  return RUNG_POLICY_PLAYING;
}

rung_policy_situation situation_of(const abr::DecisionContext& context) {
  rung_policy_situation situation{};
  situation.struct_size = sizeof situation;
  situation.playback = playback_of(context.buffer.state());
  situation.now_ns = nanoseconds(context.now);
  situation.segment = context.segment;
  situation.buffer_level_ns = context.buffer_level.count();
  situation.buffer_capacity_ns = context.buffer_capacity.count();
  if (context.forecast) {
    situation.forecast_bps = context.forecast->throughput.bits_per_second();
    situation.forecast_latency_ns = context.forecast->latency.count();
  }
  situation.startup_delay_ns = context.buffer.startup_delay().count();
  situation.stalled_ns = context.buffer.stalled().count();
  situation.previous = context.previous ? static_cast<std::int32_t>(*context.previous) : -1;
  return situation;
}

}  // namespace

SharedObjectPolicy::SharedObjectPolicy(std::shared_ptr<const SharedObject> object,
                                       std::string parameters, const abr::PolicyOptions& options)
    : object_(std::move(object)), parameters_(std::move(parameters)), options_(options) {}

SharedObjectPolicy::~SharedObjectPolicy() {
  if (policy_ != nullptr) guarded("destroy", [&] { object_->table().destroy(policy_); });
}

abr::Decision SharedObjectPolicy::choose(const abr::DecisionContext& context) {
  constexpr abr::Decision lowest{.representation = 0, .reason = abr::Reason::external};
  if (!failure_ && policy_ == nullptr) create(context);
  if (failure_) return lowest;
  auto decision = ask(context);
  if (decision) return *decision;
  if (!failure_) failure_ = std::move(decision.error());
  return lowest;
}

std::optional<RepresentationIndex> SharedObjectPolicy::reconsider(
    const abr::TransferContext& context) {
  const auto question = object_->table().reconsider;
  if (failure_ || policy_ == nullptr || question == nullptr) return Policy::reconsider(context);
  const rung_policy_situation situation = situation_of(context.decision);
  rung_policy_running running{};
  running.struct_size = sizeof running;
  running.representation = static_cast<std::int32_t>(context.representation);
  running.requested_ns = nanoseconds(context.requested);
  running.first_byte_ns = context.first_byte ? nanoseconds(*context.first_byte) : -1;
  running.received = context.received.bytes();
  running.expected = context.expected.bytes();
  running.recent_bps = context.recent ? context.recent->bits_per_second() : 0;
  running.deadline_ns = context.deadline.count();
  std::int32_t instead = -1;
  std::int32_t status = 0;
  if (!guarded("reconsider", [&] { status = question(policy_, &situation, &running, &instead); }))
    return std::nullopt;
  if (status != 0) {
    fail("reconsider", explained(status));
    return std::nullopt;
  }
  if (instead == -1) return std::nullopt;
  const auto lower = checked_lower(context, instead, object_->path());
  if (lower) return *lower;
  failure_ = lower.error();
  return std::nullopt;
}

void SharedObjectPolicy::observe(const abr::TransferSample& sample) {
  const auto observer = object_->table().observe;
  if (failure_ || policy_ == nullptr || observer == nullptr) return;
  rung_policy_transfer transfer{};
  transfer.struct_size = sizeof transfer;
  transfer.requested_ns = nanoseconds(sample.requested);
  transfer.first_byte_ns = nanoseconds(sample.first_byte);
  transfer.completed_ns = nanoseconds(sample.completed);
  transfer.size = sample.size.bytes();
  guarded("observe", [&] { observer(policy_, &transfer); });
}

void SharedObjectPolicy::on_seek() {
  const auto seek = object_->table().on_seek;
  if (failure_ || policy_ == nullptr || seek == nullptr) return;
  guarded("on_seek", [&] { seek(policy_); });
}

template <typename Call>
bool SharedObjectPolicy::guarded(const char* name, const Call& call) const {
  try {
    const CrashNotice notice(object_->path().c_str(), name);
    call();
    return true;
  } catch (const std::exception& error) {
    fail(name, std::string("threw: ") + error.what());
  } catch (...) {
    fail(name, "threw an exception");
  }
  return false;
}

void SharedObjectPolicy::fail(const char* name, std::string why) const {
  if (!failure_)
    failure_ = {ErrorCode::malformed, std::string(name) + "() " + std::move(why), object_->path()};
}

std::string SharedObjectPolicy::explained(std::int32_t status) const {
  std::string text = "returned " + std::to_string(status);
  const auto explain = object_->table().explain;
  if (explain == nullptr) return text;
  guarded("explain", [&] {
    if (const char* why = explain(policy_); why != nullptr) text.append(": ").append(why);
  });
  return text;
}

void SharedObjectPolicy::create(const abr::DecisionContext& context) {
  rung_policy_session session{};
  session.struct_size = sizeof session;
  session.host = &host;
  session.title = as_title(context.track);
  session.parameters = parameters_.c_str();
  session.buffer_capacity_ns = context.buffer_capacity.count();
  session.seed = options_.seed;
  session.qoe_model = qoe_model(options_.qoe.model);
  session.switch_penalty = options_.qoe.switch_penalty;
  session.rebuffer_penalty = options_.qoe.rebuffer_penalty;
  session.startup_penalty = options_.qoe.startup_penalty;
  std::array<char, 512> why{};
  guarded("create",
          [&] { policy_ = object_->table().create(&session, why.data(), why.size() - 1); });
  why.back() = '\0';
  if (policy_ == nullptr)
    fail("create", why.front() == '\0' ? "returned null" : std::string("failed: ") + why.data());
}

Expected<abr::Decision> SharedObjectPolicy::ask(const abr::DecisionContext& context) {
  const rung_policy_situation situation = situation_of(context);
  rung_policy_decision decision{};
  decision.representation = -1;
  std::int32_t status = 0;
  const bool returned =
      guarded("choose", [&] { status = object_->table().choose(policy_, &situation, &decision); });
  if (returned && status != 0) fail("choose", explained(status));
  if (failure_) return tl::unexpected(*failure_);
  return checked_decision(context, decision.representation, Duration(decision.wait_ns),
                          object_->path());
}

}  // namespace rung::plugin
