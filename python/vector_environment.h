#pragma once

#include <barrier>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "python/environment.h"

namespace rung::python {

/// Many environments that are stepped at once, on threads of their own. Each begins its next
/// session in the step in which one ends. What an environment draws does not depend on the number
/// of threads. A resource; one caller at a time.
class VectorEnvironment {
 public:
  /// Where a step writes, one entry for each environment; observations one row for each.
  struct Buffers {
    std::span<float> observations;
    std::span<double> rewards;
    std::span<std::uint8_t> terminated;
    std::span<std::uint8_t> truncated;  ///< By the limit of time.
    std::span<double> qoe;  ///< Per segment, of the session that ended in this step; else as it is.
  };

  /// `count` environments; the first has `seed`, the next seed + 1.
  VectorEnvironment(std::shared_ptr<const network_sim::Sweep> sweep, std::size_t count,
                    std::size_t threads, std::uint64_t seed);
  VectorEnvironment(const VectorEnvironment&) = delete;
  VectorEnvironment& operator=(const VectorEnvironment&) = delete;
  ~VectorEnvironment();

  [[nodiscard]] std::size_t size() const { return environments_.size(); }
  /// Begins a session everywhere.
  [[nodiscard]] Expected<void> reset(std::optional<std::uint64_t> seed,
                                     std::span<float> observations);
  /// The first environment whose action is not possible; none where all are. Only behind a reset.
  [[nodiscard]] std::optional<std::size_t> impossible(std::span<const std::int64_t> actions) const;
  /// All actions must be possible. Allocates only where a session begins.
  void step(std::span<const std::int64_t> actions, const Buffers& buffers);

 private:
  void work(std::size_t part);
  [[nodiscard]] std::span<float> row(std::span<float> observations, std::size_t index) const;

  std::vector<std::unique_ptr<Environment>> environments_;
  std::size_t width_;
  std::size_t parts_;
  std::uint64_t seed_;
  std::span<const std::int64_t> actions_;
  Buffers buffers_;
  bool over_ = false;
  std::barrier<> begin_;
  std::barrier<> end_;
  std::vector<std::jthread> threads_;
};

}  // namespace rung::python
