#include "python/vector_environment.h"

#include <algorithm>

#include "core/check.h"

namespace rung::python {

VectorEnvironment::VectorEnvironment(std::shared_ptr<const network_sim::Sweep> sweep,
                                     std::size_t count, std::size_t threads, std::uint64_t seed)
    : width_(Environment::observation_size(*sweep)),
      parts_(std::clamp<std::size_t>(threads, 1, count)),
      seed_(seed),
      begin_(static_cast<std::ptrdiff_t>(parts_)),
      end_(static_cast<std::ptrdiff_t>(parts_)) {
  for (std::size_t i = 0; i < count; ++i)
    environments_.push_back(std::make_unique<Environment>(sweep, seed + i));
  // The caller's thread takes the first part.
  for (std::size_t part = 1; part < parts_; ++part)
    threads_.emplace_back([this, part] {
      for (;;) {
        begin_.arrive_and_wait();
        if (over_) return;
        work(part);
        end_.arrive_and_wait();
      }
    });
}

VectorEnvironment::~VectorEnvironment() {
  over_ = true;
  begin_.arrive_and_wait();
}

Expected<void> VectorEnvironment::reset(std::optional<std::uint64_t> seed,
                                        std::span<float> observations) {
  if (seed) seed_ = *seed;
  for (std::size_t i = 0; i < size(); ++i) {
    if (seed) environments_[i]->reseed(seed_ + i);
    if (const auto begun = environments_[i]->reset(std::nullopt, std::nullopt); !begun)
      return begun;
    environments_[i]->observe(row(observations, i));
  }
  return {};
}

std::optional<std::size_t> VectorEnvironment::impossible(
    std::span<const std::int64_t> actions) const {
  for (std::size_t i = 0; i < size(); ++i)
    if (!environments_[i]->waits() || !environments_[i]->possible(actions[i])) return i;
  return std::nullopt;
}

void VectorEnvironment::step(std::span<const std::int64_t> actions, const Buffers& buffers) {
  actions_ = actions;
  buffers_ = buffers;
  begin_.arrive_and_wait();
  work(0);
  end_.arrive_and_wait();
}

void VectorEnvironment::work(std::size_t part) {
  const std::size_t from = size() * part / parts_;
  const std::size_t to = size() * (part + 1) / parts_;
  for (std::size_t i = from; i < to; ++i) {
    Environment& environment = *environments_[i];
    buffers_.rewards[i] = environment.step(actions_[i], Duration::zero());
    const bool ended = !environment.waits();
    const bool truncated = ended && environment.truncated();
    buffers_.terminated[i] = ended && !truncated ? 1 : 0;
    buffers_.truncated[i] = truncated ? 1 : 0;
    if (ended) {
      buffers_.qoe[i] = environment.outcome().report.qoe_per_segment;
      // What began once begins again: the same options, title and estimator.
      const auto begun = environment.reset(std::nullopt, std::nullopt);
      RUNG_CHECK(begun);
    }
    environment.observe(row(buffers_.observations, i));
  }
}

std::span<float> VectorEnvironment::row(std::span<float> observations, std::size_t index) const {
  return observations.subspan(index * width_, width_);
}

}  // namespace rung::python
