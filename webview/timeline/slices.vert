#version 300 es
// One rectangle per instance: time to x by two uniforms, so that pan and zoom upload nothing.
layout(location = 0) in vec2 a_span;
layout(location = 1) in vec2 a_box;
layout(location = 2) in uvec2 a_ids;

uniform vec2 u_canvas; // CSS px
uniform vec2 u_time;   // offset and scale: x = offset + t * scale
uniform vec2 u_origin; // left, and top less the scrolling
uniform float u_ratio; // device pixels per CSS px

flat out uvec2 v_ids;
flat out vec4 v_rect; // left, top, right, bottom in device px

void main() {
  float left = u_time.x + a_span.x * u_time.y;
  float right = u_time.x + a_span.y * u_time.y;
  bool dense = (a_ids.y & 65536u) != 0u;
  if (!dense && right - left > 4.0) right -= 0.75;
  // What lies far outside is cut, so that f32 keeps its pixels.
  left = clamp(left, -16.0, u_canvas.x + 16.0) + u_origin.x;
  right = clamp(right, -16.0, u_canvas.x + 16.0) + u_origin.x;
  vec4 rect = floor(vec4(left, u_origin.y + a_box.x, right, u_origin.y + a_box.x + a_box.y) * u_ratio + 0.5);
  // No slice vanishes: joins keep 1.5 px, all else 1 px.
  float least = (((a_ids.y >> 8u) & 255u) == 5u ? 1.5 : 1.0) * u_ratio;
  rect.z = max(rect.z, rect.x + (dense ? 1.0 : max(1.0, floor(least))));
  rect.w = max(rect.w, rect.y + 1.0);
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 at = mix(rect.xy, rect.zw, corner) / (u_canvas * u_ratio);
  v_ids = a_ids;
  v_rect = rect;
  gl_Position = vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}
