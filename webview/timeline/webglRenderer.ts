import fragmentSource from "./slices.frag";
import vertexSource from "./slices.vert";
import { type Result, failure, success } from "../../src/base/result";
import type { Palette } from "./colours";
import type { Frame, Instances, Renderer } from "./renderer";

const uniformNames = [
  "u_canvas",
  "u_time",
  "u_origin",
  "u_ratio",
  "u_fills",
  "u_labels",
  "u_outline",
  "u_height",
  "u_modeled",
  "u_outlined",
  "u_hovered",
] as const;
type Uniform = (typeof uniformNames)[number];

/** All slices in one instanced call. A lost context is built again when the browser gives it back. */
export class WebglRenderer implements Renderer {
  readonly name = "WebGL2";
  private program!: WebGLProgram;
  private locations!: Readonly<Record<Uniform, WebGLUniformLocation | null>>;
  private array: WebGLVertexArrayObject | null = null;
  private buffers: readonly (WebGLBuffer | null)[] = [];
  private palette: Palette | undefined;
  private instances: Instances | undefined;
  private lastFrame: Frame | undefined;
  private width = 1;
  private height = 1;
  private ratio = 1;

  static create(canvas: HTMLCanvasElement): Result<WebglRenderer> {
    const gl = canvas.getContext("webgl2", {
      alpha: true,
      antialias: false,
      premultipliedAlpha: true,
      preserveDrawingBuffer: true,
    });
    if (gl === null) return failure("webgl2-missing", "WebGL2 is not available; the timeline is drawn without it.");
    const renderer = new WebglRenderer(canvas, gl);
    const problem = renderer.build();
    return problem === undefined ? success(renderer) : failure("webgl2-broken", `WebGL2 refused a shader: ${problem}`);
  }

  private constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
  ) {
    canvas.addEventListener("webglcontextlost", this.onLost);
    canvas.addEventListener("webglcontextrestored", this.onRestored);
  }

  resize(width: number, height: number, ratio: number): void {
    [this.width, this.height, this.ratio] = [width, height, ratio];
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    const { gl } = this;
    gl.useProgram(this.program);
    gl.uniform4fv(this.locations.u_fills, palette.fills.flat());
    gl.uniform4fv(this.locations.u_labels, palette.labels.flat());
    gl.uniform4fv(this.locations.u_outline, [...palette.outline]);
  }

  setInstances(instances: Instances): void {
    this.instances = instances;
    const { gl } = this;
    const { count, spans, boxes, ids } = instances;
    const data = [spans.subarray(0, count * 2), boxes.subarray(0, count * 2), ids.subarray(0, count * 2)];
    data.forEach((part, index) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[index] ?? null);
      gl.bufferData(gl.ARRAY_BUFFER, part, gl.STATIC_DRAW);
    });
  }

  draw(frame: Frame): void {
    this.lastFrame = frame;
    const { gl, instances, ratio } = this;
    if (gl.isContextLost()) return;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.disable(gl.SCISSOR_TEST);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (instances === undefined || instances.count === 0) return;
    gl.enable(gl.SCISSOR_TEST);
    gl.scissor(
      Math.round(frame.left * ratio),
      Math.round((this.height - frame.top - frame.height) * ratio),
      Math.max(0, Math.round(frame.width * ratio)),
      Math.max(0, Math.round(frame.height * ratio)),
    );
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(this.program);
    const at = this.locations;
    gl.uniform2f(at.u_canvas, this.width, this.height);
    gl.uniform2f(at.u_time, (instances.base - frame.start) * frame.scale, frame.scale);
    gl.uniform2f(at.u_origin, frame.left, frame.top - frame.scroll);
    gl.uniform1f(at.u_ratio, ratio);
    gl.uniform1f(at.u_height, this.canvas.height);
    gl.uniform1i(at.u_modeled, frame.modeled ? 1 : 0);
    gl.uniform1i(at.u_outlined, frame.outlined ? 1 : 0);
    gl.uniform1ui(at.u_hovered, frame.hovered);
    gl.bindVertexArray(this.array);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, instances.count);
    gl.bindVertexArray(null);
  }

  dispose(): void {
    const { gl } = this;
    this.canvas.removeEventListener("webglcontextlost", this.onLost);
    this.canvas.removeEventListener("webglcontextrestored", this.onRestored);
    for (const buffer of this.buffers) gl.deleteBuffer(buffer);
    gl.deleteVertexArray(this.array);
    gl.deleteProgram(this.program);
    // Browsers keep few contexts alive, and a page that follows a run makes many.
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private readonly onLost = (event: Event): void => event.preventDefault();

  private readonly onRestored = (): void => {
    if (this.build() !== undefined) return;
    if (this.palette !== undefined) this.setPalette(this.palette);
    if (this.instances !== undefined) this.setInstances(this.instances);
    if (this.lastFrame !== undefined) this.draw(this.lastFrame);
  };

  /** Compiles and lays out; returns what the driver refused. */
  private build(): string | undefined {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [type, source] of [
      [gl.VERTEX_SHADER, vertexSource],
      [gl.FRAGMENT_SHADER, fragmentSource],
    ] as const) {
      const shader = gl.createShader(type);
      if (shader === null) return "no shader could be made";
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      gl.deleteShader(shader);
      if (gl.getShaderParameter(shader, gl.COMPILE_STATUS) !== true)
        return gl.getShaderInfoLog(shader) ?? "no reason given";
    }
    gl.linkProgram(program);
    if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true)
      return gl.getProgramInfoLog(program) ?? "no reason given";
    this.program = program;
    this.locations = Object.fromEntries(
      uniformNames.map((name) => [name, gl.getUniformLocation(program, name)]),
    ) as Record<Uniform, WebGLUniformLocation | null>;
    this.array = gl.createVertexArray();
    this.buffers = [gl.createBuffer(), gl.createBuffer(), gl.createBuffer()];
    gl.bindVertexArray(this.array);
    this.buffers.forEach((buffer, location) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(location);
      if (location === 2) gl.vertexAttribIPointer(location, 2, gl.UNSIGNED_INT, 0, 0);
      else gl.vertexAttribPointer(location, 2, gl.FLOAT, false, 0, 0);
      gl.vertexAttribDivisor(location, 1);
    });
    gl.bindVertexArray(null);
    return undefined;
  }
}
