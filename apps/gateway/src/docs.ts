import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { addBodyExamples } from './body-examples';

/** The OpenAPI document of the gateway's routes. */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Lumina')
    .setDescription('Tasks in, streamed answers out. Errors are RFC 9457 problem details with a LUM_* code.')
    .setVersion('0.1.0')
    .addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key' }, 'x-api-key')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'bearer')
    .build();
  return addBodyExamples(SwaggerModule.createDocument(app, config));
}

/** Serves the document for people at /docs and for programs at /docs-json; made when it is first asked for. */
export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app));
}
