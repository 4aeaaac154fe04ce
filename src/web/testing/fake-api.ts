import { vi } from 'vitest'

type Answer = object | ((body: unknown, url: URL) => object | undefined) | undefined

/** A refusal, as the daemon sends it. */
export class Refusal {
  readonly status: number
  readonly problem: object
  constructor(status: number, code: string, detail: string, details: object = {}) {
    this.status = status
    this.problem = { type: 'about:blank', title: code, status, detail, code, retryable: false, details }
  }
}

/**
 * The daemon's API as the page sees it, in place of `fetch`: answers by `GET /vms/a1`, whatever the query. What is not
 * in the table is refused as the daemon does.
 */
export class FakeApi {
  readonly answers: Record<string, Answer>
  /** What was asked so far: `POST /vms/a1/start`, with bodies. */
  readonly calls: { readonly call: string; readonly query: string; readonly body: unknown }[] = []

  constructor(answers: Record<string, Answer>) {
    this.answers = answers
    vi.stubGlobal('fetch', (input: string, init?: RequestInit) => this.#fetch(input, init))
  }

  /** The bodies with which it was called. */
  bodiesOf(call: string): unknown[] {
    return this.calls.filter((each) => each.call === call).map(({ body }) => body)
  }

  async #fetch(input: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(input, 'http://127.0.0.1:7330')
    const call = `${init.method ?? 'GET'} ${decodeURIComponent(url.pathname.replace('/api/v1', ''))}`
    const body = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    this.calls.push({ call, query: url.search, body })
    const answer = this.answers[call] ?? new Refusal(404, 'route_not_found', `The API has no ${call}.`)
    const result = typeof answer === 'function' ? answer(body, url) : answer
    if (result instanceof Refusal)
      return new Response(JSON.stringify(result.problem), { status: result.status })
    return new Response(result === undefined ? null : JSON.stringify(result), {
      status: result === undefined ? 204 : 200,
    })
  }
}
