import { SseReply } from '../langgraph/sse-reply';

/** Server-sent events as OpenAI's API sends them. */
export class EventReply extends SseReply {
  /** @param text as it stands behind `data:` */
  async data(text: string): Promise<void> {
    await this.write(`data: ${text}\n\n`);
  }

  /** For clients and proxies that give up on silence. */
  async comment(): Promise<void> {
    await this.write(': waiting\n\n');
  }
}
