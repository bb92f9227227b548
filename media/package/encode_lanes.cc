#include "media/package/encode_lanes.h"

#include <algorithm>
#include <utility>

namespace rung::package {

namespace {

/// Pictures that may wait in front of one lane; they are shared by all lanes, so this also bounds
/// the pictures in memory.
constexpr std::size_t queue_capacity = 12;

}  // namespace

EncodeLanes::EncodeLanes(std::vector<Lane> lanes, std::size_t threads) {
  queues_.resize(lanes.size());
  for (std::size_t i = 0; i < lanes.size(); ++i) queues_[i].lane = std::move(lanes[i]);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

EncodeLanes::~EncodeLanes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
}

Expected<void> EncodeLanes::push(std::shared_ptr<const AVFrame> picture) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [this] {
    return error_ || std::ranges::all_of(queues_, [](const Queue& queue) {
             return queue.pictures.size() < queue_capacity;
           });
  });
  if (error_) return tl::unexpected(*error_);
  for (Queue& queue : queues_) queue.pictures.push_back(picture);
  work_.notify_all();
  return {};
}

Expected<void> EncodeLanes::finish() {
  std::unique_lock lock(mutex_);
  for (Queue& queue : queues_) queue.pictures.push_back(nullptr);
  work_.notify_all();
  room_.wait(lock, [this] { return error_ || std::ranges::all_of(queues_, &Queue::finished); });
  if (error_) return tl::unexpected(*error_);
  return {};
}

EncodeLanes::Queue* EncodeLanes::next_queue() {
  Queue* longest = nullptr;
  for (Queue& queue : queues_) {
    if (queue.busy || queue.pictures.empty()) continue;
    if (longest == nullptr || queue.pictures.size() >= longest->pictures.size()) longest = &queue;
  }
  return longest;
}

void EncodeLanes::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    Queue* queue = nullptr;
    work_.wait(lock, [&] {
      if (stopping_ || error_) return true;
      queue = next_queue();
      return queue != nullptr;
    });
    if (stopping_ || error_) return;
    const std::shared_ptr<const AVFrame> picture = std::move(queue->pictures.front());
    queue->pictures.pop_front();
    queue->busy = true;
    lock.unlock();
    const Expected<void> done = picture ? queue->lane.encode(*picture) : queue->lane.finish();
    lock.lock();
    queue->busy = false;
    if (!done && !error_) error_ = done.error();
    if (done && !picture) queue->finished = true;
    room_.notify_one();
    work_.notify_all();
  }
}

}  // namespace rung::package
