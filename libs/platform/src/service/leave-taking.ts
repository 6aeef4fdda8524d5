import type { Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

const leaving = new WeakSet<Server>();

/** From now on each connection of this server ends with the answer that it carries. */
export const takeLeave = (server: Server): void => void leaving.add(server);

/**
 * A client that keeps its connection would come back to the process that is about to go, and be cut off. Where the answer has not begun
 * it says so itself; a stream that began before ends with its connection.
 */
export function partWithClients(instance: FastifyInstance): void {
  const isLeaving = (): boolean => leaving.has(instance.server);
  instance.addHook('onRequest', (_request, reply, done) => {
    if (isLeaving()) reply.raw.setHeader('connection', 'close');
    done();
  });
  instance.addHook('onResponse', ({ raw }, _reply, done) => {
    if (isLeaving()) raw.socket.end();
    done();
  });
}
