#include "player/frame_queue.h"

#include <utility>

namespace rung::player {

bool FrameQueue::push(QueuedPicture picture, SeekCount seeks, const std::stop_token& stop) {
  bool was_empty = false;
  {
    std::unique_lock lock(mutex_);
    const auto ready = [&] { return seeks != seeks_ || pictures_.size() < capacity_; };
    if (!room_.wait(lock, stop, ready) || seeks != seeks_) return false;
    was_empty = pictures_.empty();
    early_.reset();
    pictures_.push_back(std::move(picture));
  }
  if (was_empty) on_picture_();
  return true;
}

void FrameQueue::offer_early(QueuedPicture picture, SeekCount seeks) {
  {
    const std::lock_guard lock(mutex_);
    if (seeks != seeks_) return;
    early_ = std::move(picture);
  }
  on_picture_();
}

void FrameQueue::finish(SeekCount seeks) {
  {
    const std::lock_guard lock(mutex_);
    if (seeks != seeks_) return;
    finished_ = true;
  }
  on_picture_();
}

void FrameQueue::set_starved(bool starved) {
  const std::lock_guard lock(mutex_);
  starved_ = starved;
}

void FrameQueue::restart(SeekCount seeks) {
  {
    const std::lock_guard lock(mutex_);
    pictures_.clear();
    early_.reset();
    seeks_ = seeks;
    finished_ = false;
  }
  room_.notify_all();
}

FrameQueue::View FrameQueue::view() const {
  const std::lock_guard lock(mutex_);
  View view;
  view.seeks = seeks_;
  if (!pictures_.empty()) view.front = pictures_.front().picture.pts();
  view.finished = finished_ && pictures_.empty();
  view.full = pictures_.size() == capacity_;
  view.starved = starved_ && !finished_ && pictures_.empty();
  return view;
}

std::optional<QueuedPicture> FrameQueue::pop() {
  std::optional<QueuedPicture> picture;
  {
    const std::lock_guard lock(mutex_);
    if (pictures_.empty()) return picture;
    picture = std::move(pictures_.front());
    pictures_.pop_front();
  }
  room_.notify_one();
  return picture;
}

std::optional<QueuedPicture> FrameQueue::pop_early(SeekCount seeks) {
  const std::lock_guard lock(mutex_);
  if (seeks != seeks_) return std::nullopt;
  return std::exchange(early_, std::nullopt);
}

}  // namespace rung::player
