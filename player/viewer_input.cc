#include "player/viewer_input.h"

#include <SDL.h>

#include <algorithm>
#include <array>

namespace rung::player {

namespace {

constexpr double volume_step = 5;

using enum ViewerAction;

constexpr auto bindings = std::to_array<KeyBinding>({
    {SDLK_SPACE, false, false, {pause}, "space", "pause or go on"},
    {SDLK_p, false, false, {pause}, "p", ""},
    {SDLK_k, false, false, {pause}, "k", ""},
    {SDLK_LEFT, false, true, {seek_by, -5}, "left", "5 s back or forward"},
    {SDLK_RIGHT, false, true, {seek_by, 5}, "right", ""},
    {SDLK_j, false, true, {seek_by, -10}, "j", "10 s back or forward"},
    {SDLK_l, false, true, {seek_by, 10}, "l", ""},
    {SDLK_DOWN, false, true, {seek_by, -60}, "down", "1 min back or forward"},
    {SDLK_UP, false, true, {seek_by, 60}, "up", ""},
    {SDLK_9, false, true, {volume_by, -volume_step}, "9", "softer or louder; also the wheel"},
    {SDLK_0, false, true, {volume_by, volume_step}, "0", ""},
    {SDLK_m, false, false, {mute}, "m", "sound off or on"},
    {SDLK_f, false, false, {full_screen}, "f", "full screen; also a double click"},
    {SDLK_ESCAPE, false, false, {leave}, "esc", "leave the full screen, else the player"},
    {SDLK_q, false, false, {quit}, "q", "leave"},
});

}  // namespace

std::span<const KeyBinding> key_bindings() { return bindings; }

std::optional<ViewerInput> viewer_input(const SDL_Event& event) {
  switch (event.type) {
    case SDL_QUIT:
      return ViewerInput{quit};
    case SDL_KEYDOWN: {
      const SDL_Keysym& pressed = event.key.keysym;
      if ((pressed.mod & (KMOD_CTRL | KMOD_ALT | KMOD_GUI)) != 0) return std::nullopt;
      const bool shift = (pressed.mod & KMOD_SHIFT) != 0;
      const auto* bound = std::ranges::find_if(bindings, [&](const KeyBinding& binding) {
        return binding.key == pressed.sym && binding.shift == shift;
      });
      if (bound == bindings.end() || (event.key.repeat != 0 && !bound->repeats))
        return std::nullopt;
      return bound->input;
    }
    case SDL_MOUSEWHEEL: {
      const int away = event.wheel.direction == SDL_MOUSEWHEEL_FLIPPED ? -1 : 1;
      if (event.wheel.y == 0) return std::nullopt;
      return ViewerInput{volume_by, volume_step * event.wheel.y * away};
    }
    case SDL_MOUSEBUTTONDOWN:
      if (event.button.button == SDL_BUTTON_LEFT && event.button.clicks == 2)
        return ViewerInput{full_screen};
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace rung::player
